import Foundation
import Testing

/// Managers that come back otherwise than they went: under another address, or with a certificate that has expired.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesMoveTests {
    /// One of three, and two of three at once: then those two know each other's old addresses only.
    @Test(arguments: Orchestrator.swarmdOnly, [1, 2])
    func managersThatComeBackUnderOtherAddressesAreFound(_ orchestrator: Orchestrator, _ count: Int) async throws {
        let cluster = try await Cluster(orchestrator, managers: 3)
        try await cluster[1].sh("docker node update --label-add a=b node-1")
        let movers = cluster.hosts.prefix(count)
        for host in movers { try await host.stopSwarmd() }
        for host in movers { try await host.move(to: host.number + 30) }
        try await cluster.startSwarmd(Array(movers))
        try await allManagersServe(cluster)
        for host in movers {
            try await eventually("\(host.name) is shown where it is") {
                try await cluster[3].sh("docker node inspect -f '{{.Status.Addr}} {{.ManagerStatus.Addr}}' \(host.name)")
                    == "10.77.0.\(host.number + 30) 10.77.0.\(host.number + 30):2377"
            }
        }
        // All know where they are: now those that had stayed may go.
        for host in cluster.hosts {
            try await eventually("\(host.name) knows where the managers are") {
                let known = try await host.sh("docker info -f '{{json .Swarm.RemoteManagers}}'")
                return movers.allSatisfy { known.contains("\"10.77.0.\($0.number + 30):2377\"") }
            }
        }
        try await eventually("the store knows the addresses") {
            try await cluster[3].storeKnows(movers.map { "10.77.0.\($0.number + 30)" })
        }
        for host in cluster.hosts.dropFirst(count) {
            try await host.stopSwarmd()
            try await host.move(to: host.number + 30)
            try await cluster.startSwarmd([host])
        }
        try await allManagersServe(cluster)
        #expect(try await cluster[2].sh("docker node inspect -f '{{json .Spec.Labels}}' node-1") == #"{"a":"b"}"#)
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func nodesWhoseAddressesChangeWhileTheyRunAreFound(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 2, workers: 1)
        // All but one.
        try await cluster[1].move(to: 41)
        try await cluster[3].move(to: 43)
        for (number, address) in [(1, "10.77.0.41"), (3, "10.77.0.43")] {
            try await eventually("node-\(number) is shown where it is") {
                try await cluster[2].sh("docker node inspect -f '{{.Status.Addr}} {{.Status.State}}' node-\(number)")
                    == "\(address) ready"
            }
        }
        try await eventually("both manage") {
            try await cluster.nodes().filter { $0.hasSuffix(" Leader") || $0.hasSuffix(" Reachable") }.count == 2
        }
        // Who joins now is told where they are.
        try await cluster[3].sh("docker swarm leave")
        let token = try await cluster.token("manager")
        try await cluster[3].sh("docker swarm join --token \(token) 10.77.0.41:2377")
        try await eventually("all three manage") {
            try await cluster.nodes().filter { $0.hasSuffix(" Leader") || $0.hasSuffix(" Reachable") }.count == 3
        }
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func managersComeBackAfterTheirStoresCertificatesHaveExpired(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 2)
        for host in cluster.hosts {
            try await host.stopSwarmd()
            try await host.expireStoreCertificate()
        }
        try await cluster.startSwarmd(cluster.hosts)
        try await allManagersServe(cluster)
        let days = try await cluster[1].sh("openssl x509 -in /run/swarmd/peer/peer.crt -noout -checkend 7000000")
        #expect(days == "Certificate will not expire")
        // What etcd shows is what lies there.
        let shown = try await cluster[1].sh(
            "openssl s_client -connect 10.77.0.11:2380 -cert /run/swarmd/peer/peer.crt -key /run/swarmd/peer/peer.key </dev/null "
                + "2>/dev/null | openssl x509 -noout -serial")
        #expect(try await cluster[1].sh("openssl x509 -in /run/swarmd/peer/peer.crt -noout -serial") == shown)
    }

    /// The rest of the swarm cannot be waited for, and nothing may hang on it.
    @Test(arguments: Orchestrator.swarmdOnly)
    func aManagerThatWaitsForOthersInVainMayGoOnAloneOrLeave(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 2)
        try await cluster.powerOff(cluster.hosts)
        try await cluster.powerOn([cluster[1]])
        #expect(try await !cluster[1].attempt("timeout 5 docker node ls").succeeded)
        let said = try await cluster[1].sh("timeout 30 docker swarm init --force-new-cluster")
        #expect(said.contains("is now a manager."))
        try await eventually("it leads alone") {
            try await cluster.nodes().contains("node-1 Ready Active Leader")
        }
        // The other one is told that it manages no more.
        try await cluster.powerOn([cluster[2]])
        try await eventually("it is a worker", within: .seconds(40)) { try await cluster.nodes().last == "node-2 Ready Active" }

        try await cluster[1].sh("docker node promote node-2")
        try await eventually("it manages") { try await cluster.nodes().last?.hasSuffix(" Reachable") == true }
        try await cluster.powerOff(cluster.hosts)
        try await cluster.powerOn([cluster[2]])
        try await cluster[2].sh("timeout 30 docker swarm leave --force")
        #expect(try await cluster[2].sh("docker info -f '{{.Swarm.LocalNodeState}}'") == "inactive")
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func aManagerDemotedWhileItWasOffComesBackAsAWorker(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 3)
        try await cluster.powerOff([cluster[3]])
        try await eventually("it is down", within: .seconds(15)) { try await cluster.nodes().last?.contains(" Down ") == true }
        try await cluster[1].sh("docker node demote node-3")
        try await cluster.powerOn([cluster[3]])
        try await eventually("it is a worker", within: .seconds(40)) { try await cluster.nodes().last == "node-3 Ready Active" }
        // Also for itself.
        try await eventually("it says so") {
            try await cluster[3].sh("docker info -f '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}'") == "active false"
        }
        #expect(try await cluster[3].attempt("pgrep -x etcd").text == "")
    }

    private func allManagersServe(_ cluster: Cluster) async throws {
        for host in cluster.hosts {
            try await eventually("\(host.name) sees all managers", within: .seconds(40)) {
                let nodes = try await cluster.nodes(at: host)
                return nodes.count == cluster.hosts.count
                    && nodes.allSatisfy { $0.contains(" Ready ") && ($0.hasSuffix(" Leader") || $0.hasSuffix(" Reachable")) }
            }
        }
    }
}

extension Host {
    /// Ends swarmd and its store in good order.
    fileprivate func stopSwarmd() async throws {
        try await sh("pkill -x swarmd; while pgrep -x swarmd || pgrep -x etcd; do sleep 0.1; done >/dev/null")
    }

    /// Gives the host another address in the bed's network, in place of the one it has.
    fileprivate func move(to number: Int) async throws {
        try await sh(
            "ip -4 addr flush dev eth0 && ip addr add 10.77.0.\(number)/24 dev eth0 && ip route replace default via 10.77.0.1")
    }

    /// Whether this host's store looks for members at these addresses.
    fileprivate func storeKnows(_ addresses: [String]) async throws -> Bool {
        let peer = "/run/swarmd/peer/peer"
        let text = try await sh("curl -sk --http1.1 --cert \(peer).crt --key \(peer).key https://127.0.0.1:2380/members")
        return addresses.allSatisfy { text.contains("https://\($0):2380") }
    }

    /// Puts a certificate that has expired in place of the one that this host keeps for its store.
    fileprivate func expireStoreCertificate() async throws {
        let file = "/var/lib/swarmd/certificates/swarm-store-peer.secret"
        let (begin, end) = ("-----BEGIN SWARM SECRET-----\n", "-----END SWARM SECRET-----\n")
        let text = try await sh("cat \(file)")
        let body = text.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        let data = try #require(Data(base64Encoded: body))
        var kept = try JSONDecoder().decode([String: String].self, from: data)
        let authorityKey = try #require(kept["authorityKey"], "the manager does not keep the key of the authority")
        try await sh("mkdir -p /tmp/expire; cat >/tmp/expire/ca.crt", input: kept["authority"])
        try await sh("cat >/tmp/expire/ca.key", input: authorityKey)
        try await sh("cat >/tmp/expire/own.key", input: kept["key"])
        kept["certificate"] =
            try await sh(
                """
                cd /tmp/expire
                openssl req -new -key own.key -subj /CN=m -out own.csr
                printf 'subjectAltName=IP:\(address)\\nextendedKeyUsage=serverAuth,clientAuth\\n' >own.ext
                openssl x509 -req -in own.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile own.ext \
                    -not_before 20260101000000Z -not_after 20260201000000Z 2>/dev/null
                """) + "\n"
        let new = try JSONEncoder().encode(kept).base64EncodedString(options: .lineLength64Characters)
        try await sh("cat >\(file)", input: begin + new.replacing("\r\n", with: "\n") + "\n" + end)
    }
}
