import Foundation
import Processes
import Testing

/// Published ports, virtual addresses and names: what reaches whom over the networks of the swarm.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesMeshTests {
    private static let sleeper = NodesServicesTests.sleeper

    @Test(arguments: Orchestrator.underTest)
    func aPublishedPortAnswersOnEveryNodeInTurn(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 2)
        let manager = cluster[1]
        try await manager.sh("docker service create -q --name web --replicas 2 -p 8080:80 whoami")
        // Two tasks on three nodes: one node has none.
        for host in cluster.hosts {
            for target in cluster.hosts {
                try await eventually("\(target.name) answers \(host.name) with both") {
                    try await host.answers("http://\(target.address):8080/", 4).count == 2
                }
            }
            try await eventually("\(host.name) answers itself") {
                try await host.answers("http://127.0.0.1:8080/", 2).count == 2
            }
        }
        // In strict turn, where nobody else asks: ten times, five each.
        let said = try await manager.sh("for i in 0 1 2 3 4 5 6 7 8 9; do curl -sm 5 http://\(cluster[2].address):8080/; done")
        let names = said.split(separator: "\n").filter { $0.hasPrefix("Hostname: ") }
        #expect(Dictionary(grouping: names) { $0 }.mapValues(\.count).values.sorted() == [5, 5], "\(names)")

        try await manager.sh("docker service update -q --publish-rm 8080:80 --publish-add 8081:80 web")
        try await eventually("the other port answers") { try await cluster[3].answers("http://127.0.0.1:8081/", 4).count == 2 }
        for host in cluster.hosts {
            #expect(try await host.attempt("curl -sm 5 http://\(host.address):8080/").status == 7, "refused at once")
        }
        try await manager.sh("docker service rm web")
        try await eventually("the port is closed") {
            try await cluster[2].attempt("curl -sm 5 http://\(cluster[3].address):8081/").status == 7
        }
    }

    @Test(arguments: Orchestrator.underTest)
    func servicesFindEachOtherByNameInTheirNetworksOnly(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 2)
        let manager = cluster[1]
        for name in ["front", "back"] { try await manager.sh("docker network create -d overlay \(name)") }
        try await manager.sh("docker service create -q --name web --mode global --network name=front,alias=www whoami")
        try await manager.sh("docker service create -q --name asker --mode global --network front \(Self.sleeper)")
        try await manager.sh("docker service create -q --name rr --replicas 3 --endpoint-mode dnsrr --network front whoami")
        try await manager.sh("docker service create -q --name stranger --network back \(Self.sleeper)")
        let virtual = try await manager.sh(
            "docker service inspect -f '{{range .Endpoint.VirtualIPs}}{{.Addr}}{{end}}' web"
        ).split(separator: "/")[0]
        for host in cluster.hosts {
            let asker = try await host.container(of: "asker")
            try await eventually("the virtual address answers \(host.name) with all three") {
                try await host.sh("docker exec \(asker) sh -c 'for i in 1 2 3; do wget -T 5 -qO- http://web/; done'")
                    .names.count == 3
            }
            #expect(try await host.addresses(of: "web", in: asker) == [String(virtual)])
            #expect(try await host.addresses(of: "www", in: asker) == [String(virtual)])
            #expect(try await host.addresses(of: "tasks.web", in: asker).count == 3)
            #expect(try await host.addresses(of: "rr", in: asker).count == 3)
            // A task by the name of its container, on whichever node.
            let task = try await manager.sh("docker service ps --no-trunc --format '{{.Name}}.{{.ID}}' rr | head -n 1")
            #expect(try await host.addresses(of: task, in: asker).count == 1)
            #expect(try await host.sh("docker exec \(asker) ping -c 1 -W 5 \(virtual)").contains("1 packets received"))
        }
        let stranger = try #require(
            try await manager.sh("docker service ps --filter desired-state=running --format '{{.Node}}' stranger")
                .split(separator: "-").last.flatMap { Int($0) })
        let container = try await cluster[stranger].container(of: "stranger")
        #expect(try await cluster[stranger].addresses(of: "web", in: container) == [])
        #expect(
            try await cluster[stranger].attempt("docker exec \(container) wget -T 3 -qO- http://\(virtual)/").succeeded == false)
    }

    @Test(arguments: Orchestrator.underTest)
    func muchAndLargeGetsThroughBetweenNodes(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 1)
        let manager = cluster[1]
        try await manager.sh("docker network create -d overlay front")
        try await manager.sh(
            """
            docker service create -q --name files --constraint node.hostname==node-2 --network front busybox sh -c \
            'mkdir /www && dd if=/dev/urandom of=/www/big bs=1M count=20 2>/dev/null && exec httpd -f -p 80 -h /www'
            """)
        try await manager.sh(
            "docker service create -q --name asker --constraint node.hostname==node-1 --network front \(Self.sleeper)")
        let sum = try await cluster[2].sh("docker exec \(cluster[2].container(of: "files")) md5sum /www/big").prefix(32)
        let asker = try await manager.container(of: "asker")
        try await eventually("all of it arrives as it was") {
            try await manager.sh("docker exec \(asker) sh -c 'wget -T 20 -qO- http://files/big | md5sum'").prefix(32) == sum
        }
        // As large as a packet of the network can be, and not a byte more.
        #expect(try await manager.sh("docker exec \(asker) ping -c 1 -W 5 -s 1400 tasks.files").contains("1 packets received"))
        #expect(try await manager.sh("docker exec \(asker) cat /sys/class/net/eth0/mtu") == "1450")
    }

    @Test(arguments: Orchestrator.underTest)
    func noRequestFailsWhileAServiceIsUpdated(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 2)
        let manager = cluster[1]
        try await manager.sh(
            """
            docker service create -q --name web --replicas 3 -p 8080:80 --update-order start-first --update-monitor 100ms \
            --health-cmd 'wget -q -O /dev/null http://127.0.0.1/' --health-interval 500ms whoami
            """)
        try await eventually("all answer") { try await cluster[2].answers("http://127.0.0.1:8080/", 6).count == 3 }
        async let load = cluster[2].load("http://\(cluster[3].address):8080/", seconds: 15)
        try await manager.sh("docker service update -q --env-add V=2 web")
        try await eventually("the update is completed") {
            try await manager.sh("docker service inspect -f '{{.UpdateStatus.State}}' web") == "completed"
        }
        let (asked, failed) = try await load
        #expect(asked > 100 && failed == [], "\(asked) requests, failed: \(failed)")
    }

    @Test(arguments: Orchestrator.underTest)
    func aNodeThatIsLostIsNotSentToAndIsAgainWhenItIsBack(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 2)
        let manager = cluster[1]
        try await manager.sh("docker service create -q --name web --mode global -p 8080:80 whoami")
        try await eventually("all answer") { try await cluster[2].answers("http://127.0.0.1:8080/", 6).count == 3 }
        try await cluster.powerOff([cluster[3]])
        try await eventually("the others answer at once, again and again", within: .seconds(60)) {
            let said = try await cluster[2].attempt(
                "for i in 1 2 3 4 5 6; do curl -sfm 1 http://127.0.0.1:8080/ || exit 1; done")
            return said.succeeded && said.text.names.count == 2
        }
        try await cluster.powerOn([cluster[3]])
        try await eventually("all answer again", within: .seconds(60)) {
            try await cluster[2].answers("http://\(cluster[3].address):8080/", 6).count == 3
        }
    }

    /// The original's networks end with its engine.
    @Test(arguments: Orchestrator.swarmdOnly)
    func noRequestFailsWhileManagersFail(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 3)
        try await cluster[1].sh("docker service create -q --name web --replicas 3 -p 8080:80 whoami")
        try await eventually("all answer") { try await cluster[2].answers("http://127.0.0.1:8080/", 6).count == 3 }
        async let load = cluster[2].load("http://\(cluster[1].address):8080/", seconds: 20)
        try await Task.sleep(for: .seconds(1))
        try await cluster[1].sh("pkill -KILL -x swarmd; true")
        try await eventually("another leads") { try await cluster.leader(at: cluster[2]).map { $0 != "node-1" } ?? false }
        try await cluster.startSwarmd([cluster[1]])
        let (asked, failed) = try await load
        #expect(asked > 100 && failed == [], "\(asked) requests, failed: \(failed)")
    }

    /// The original has no such thing.
    @Test(arguments: Orchestrator.swarmdOnly)
    func tasksSeeClientsOfEveryNodeWhereTheirServiceAsksForIt(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 2)
        let manager = cluster[1]
        let label = "swarmlab.ingress.source-ip"
        try await manager.sh("docker service create -q --name web --mode global -p 8080:80 whoami")
        try await cluster.running(3, of: "web")
        let containers = try await cluster.containers(of: "web")
        let entry: Set = ["10.77.0.1", "10.0.0"]
        let client: Set = ["10.77.0.1"]
        for keeps in [false, true, false, true] {
            try await manager.sh("docker service update -q --label-\(keeps ? "add \(label)=keep" : "rm \(label)") web")
            for host in cluster.hosts {
                try await eventually("through \(host.name) \(keeps ? "all see the client" : "others see the node")") {
                    let seen = try await Host.outside(
                        "for i in 1 2 3; do curl -sfm 3 http://\(host.address):8080/ || exit 1; done")
                    return seen.names.count == 3 && seen.clients == (keeps ? client : entry)
                }
            }
        }
        #expect(try await cluster.containers(of: "web") == containers)
        // Nodes as clients: by another one they are seen as who they are, also by the task that is theirs.
        for host in cluster.hosts {
            for target in cluster.hosts {
                let seen = try await host.sh("for i in 1 2 3; do curl -sfm 3 http://\(target.address):8080/ || exit 1; done")
                #expect(seen.names.count == 3 && seen.clients == (host == target ? ["10.0.0"] : [host.address]))
            }
        }
        let seen = try await Host.outside("for i in $(seq 30); do curl -sfm 3 http://\(cluster[2].address):8080/ || exit 1; done")
        let names = seen.split(separator: "\n").filter { $0.hasPrefix("Hostname: ") }
        #expect(Dictionary(grouping: names) { $0 }.mapValues(\.count).values.sorted() == [10, 10, 10])

        // Much, both ways, and datagrams; to the last node, through the first.
        try await manager.sh(
            """
            docker service create -q --name much --constraint node.hostname==node-3 --label \(label)=keep -p 8081:80 -p 8082:81 \
            -p 8082:81/udp busybox sh -c \
            'mkdir /www && dd if=/dev/urandom of=/www/big bs=1M count=20 2>/dev/null && exec httpd -f -p 80 -h /www'
            """)
        try await cluster[3].serve(in: cluster[3].container(of: "much"))
        try await eventually("all of it arrives as it was, there and here, and so do datagrams") {
            try await Host.outside(
                """
                curl -sfm 20 -o $SWARMLAB_BED_FILES/big http://\(manager.address):8081/big && python3 - <<'END'
                import hashlib, os, socket
                data = open(os.environ["SWARMLAB_BED_FILES"] + "/big", "rb").read()
                stream = socket.create_connection(("\(manager.address)", 8082), 5)
                stream.sendall(data)
                stream.shutdown(socket.SHUT_WR)
                assert stream.recv(100).decode() == "10.77.0.1 " + hashlib.md5(data).hexdigest() and len(data) == 20 << 20
                for size in (1, 1400, 9000):
                    datagrams = socket.socket(type=socket.SOCK_DGRAM)
                    datagrams.settimeout(5)
                    datagrams.sendto(data[:size], ("\(manager.address)", 8082))
                    assert datagrams.recv(10000) == b"10.77.0.1 " + data[:size]
                print("well")
                END
                """) == "well"
        }

        // What others remove comes back; what nobody wants any more goes.
        let devices = try await cluster[3].sh("ip -o link | grep -o 'sw[bv]-[a-z0-9]*' | sort -u").split(separator: "\n")
        for damage in ["nft delete table ip swarmd"] + devices.map({ "ip link set \($0) down" }) {
            try await cluster[3].sh(damage)
            try await eventually("it is repaired: \(damage)") {
                let seen = try await Host.outside(
                    "for i in 1 2 3; do curl -sfm 1 http://\(manager.address):8080/ || exit 1; done")
                return seen.names.count == 3 && seen.clients == client
            }
        }
        try await manager.sh("docker service rm web much")
        for host in cluster.hosts {
            try await eventually("nothing is left on \(host.name)") {
                try await host.sh(
                    "nft list tables | grep 'ip swarmd'; grep -l 1 /proc/sys/net/ipv4/conf/swb-*/accept_local; true") == ""
            }
        }
    }

    @Test(arguments: Orchestrator.underTest)
    func whoIsInAnInternalNetworkOnlyGetsNowhereElse(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1)
        let manager = cluster[1]
        try await manager.sh("docker network create -d overlay --internal inner")
        try await manager.sh("docker network create -d overlay outer")
        try await manager.sh("docker service create -q --name in --network inner \(Self.sleeper)")
        try await manager.sh("docker service create -q --name both --network inner --network outer \(Self.sleeper)")
        let registry = "http://10.77.0.1:5000/v2/"
        let both = try await manager.container(of: "both")
        try await eventually("who is in both gets out") {
            try await manager.attempt("docker exec \(both) wget -T 3 -qO- \(registry)").succeeded
        }
        let inner = try await manager.container(of: "in")
        #expect(try await manager.attempt("docker exec \(inner) wget -T 3 -qO- \(registry)").succeeded == false)
        #expect(try await manager.addresses(of: "both", in: inner).count == 1)
    }

    /// The bed is on the same wire as the hosts, and no node.
    @Test(arguments: Orchestrator.swarmdOnly)
    func whoIsNoNodeGetsNothingIntoANetwork(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 1)
        let (peer, worker) = (cluster[1], cluster[2])
        try await peer.sh("docker network create -d overlay --attachable front")
        try await peer.sh("docker pull -q busybox && docker run -d --network front busybox sleep 1000")
        try await worker.sh("docker pull -q busybox")
        try await worker.sh("docker run -d --name ear --network front busybox sleep 1000")
        let inspect = "docker network inspect -f"
        let identifier = try await peer.sh(
            "\(inspect) '{{index .Options \"com.docker.network.driver.overlay.vxlanid_list\"}}' front")
        func address(_ host: Host) async throws -> [UInt8] {
            try await host.sh("\(inspect) '{{range .Containers}}{{.IPv4Address}}{{end}}' front")
                .prefix { $0 != "/" }.split(separator: ".").compactMap { UInt8($0) }
        }
        let datagram = VXLANDatagram(
            network: try #require(UInt32(identifier)), from: try await address(peer), to: try await address(worker), port: 9999,
            text: "forged")
        // Nobody listens there: the container's kernel counts what arrives.
        func arrived() async throws -> Int {
            let counted = try await worker.sh("docker exec ear grep Udp: /proc/net/snmp").split(separator: "\n")
            return try #require(counted.last?.split(separator: " ").dropFirst(2).first.flatMap { Int($0) }, "\(counted)")
        }
        let forged = try await Command("bash", ["-c", datagram.sending(to: worker)]).run()
        #expect(forged.succeeded, "\(forged.errorText)")
        // The same from a node gets there: what was sent is what nodes send.
        try await peer.sh("bash", input: datagram.sending(to: worker))
        try await eventually("the node's has arrived") { try await arrived() > 0 }
        #expect(try await arrived() == 1)
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func nothingIsLeftOfNetworksThatAreGone(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 1)
        let manager = cluster[1]
        try await manager.sh("docker network create -d overlay front")
        try await manager.sh("docker service create -q --name web --mode global --network front -p 8080:80 whoami")
        func links(_ host: Host) async throws -> Int {
            try await host.sh("ip -o link | grep -c '^[0-9]*: sw[bv]-' || true").split(separator: "\n").last.flatMap { Int($0) }
                ?? 0
        }
        for host in cluster.hosts { #expect(try await links(host) == 4) }
        // What somebody else removes is made again.
        let tunnel = try await cluster[2].sh("ip -o link | grep -o 'swv-[a-z0-9]*' | sort -u | head -n 1")
        try await cluster[2].sh("ip link del \(tunnel); nft delete table inet swarmd")
        try await eventually("it is repaired") {
            let ports = try await cluster[2].answers("http://\(cluster[2].address):8080/", 4).count
            let names = try await links(cluster[2])
            return ports == 2 && names == 4
        }
        try await manager.sh("docker service rm web")
        try await eventually("the network has no place left") {
            for host in cluster.hosts {
                let links = try await links(host)
                let engine = try await host.sh("docker -H unix:///run/swarmd/engine.sock network ls -q --filter name=front")
                if links != 2 || engine != "" { return false }
            }
            return true
        }
        try await manager.sh("docker network rm front")
        try await cluster[2].sh("docker swarm leave")
        #expect(try await links(cluster[2]) == 0)
        #expect(try await cluster[2].sh("nft list tables | grep -c swarmd || true") == "0")
        #expect(try await cluster[2].sh("docker network ls -q --filter driver=overlay") == "")
    }
}

extension Host {
    /// The running container of a service on this host.
    func container(of service: String) async throws -> String {
        let list = try await sh("docker ps -q --filter label=com.docker.swarm.service.name=\(service)")
        return try #require(list.split(separator: "\n").first.map(String.init), "\(name) has no container of \(service)")
    }

    /// The names of the containers that answer so many requests; each has to be answered.
    func answers(_ url: String, _ count: Int) async throws -> Set<String> {
        try await sh("for i in $(seq \(count)); do curl -sfm 3 \(url) || exit 1; done").names
    }

    /// What a container gets for a name, IPv4 only.
    func addresses(of name: String, in container: String) async throws -> [String] {
        let result = try await attempt("docker exec \(container) nslookup -type=a \(name)")
        // The first address is the server's.
        return result.text.split(separator: "\n").filter { $0.hasPrefix("Address") }.dropFirst()
            .compactMap { $0.split(separator: " ").last.map(String.init) }.sorted()
    }

    /// Runs a shell's command line beside the hosts, at 10.77.0.1. It has to succeed.
    static func outside(_ line: String) async throws -> String {
        var command = Command("bash", ["-c", line])
        command.timeout = .seconds(60)
        let result = try await command.run()
        guard result.succeeded else { throw CommandError.failed(command: line, status: result.status, message: result.errorText) }
        return result.text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Serves port 81 for a minute, where a container is: says who asks, and the sum of what a connection brings or what a datagram does.
    func serve(in container: String) async throws {
        let key = try await sh("docker inspect -f '{{.NetworkSettings.SandboxKey}}' \(container)").replacing(
            "/var/run/", with: "/run/")
        _ = try await Self.outside(
            """
            nsenter --net=/proc/$(cat $NODES/\(name)/process)/root\(key) timeout 60 python3 - >/dev/null 2>&1 <<'END' &
            import hashlib, socket, threading
            streams, datagrams = socket.create_server(("", 81)), socket.socket(type=socket.SOCK_DGRAM)
            datagrams.bind(("", 81))
            def answer():
                while True:
                    data, peer = datagrams.recvfrom(10000)
                    datagrams.sendto(peer[0].encode() + b" " + data, peer)
            threading.Thread(target=answer, daemon=True).start()
            while True:
                stream, peer = streams.accept()
                sum = hashlib.md5()
                while data := stream.recv(1 << 16):
                    sum.update(data)
                stream.sendall(f"{peer[0]} {sum.hexdigest()}".encode())
                stream.close()
            END
            """)
    }

    /// Asks all the time, one request after the other.
    ///
    /// - Returns: how many requests there were, and curl's exit status of those that failed.
    func load(_ url: String, seconds: Int) async throws -> (asked: Int, failed: [String]) {
        let lines = try await sh(
            """
            end=$(($(date +%s) + \(seconds))); n=0
            while [ $(date +%s) -lt $end ]; do
              curl -sfm 3 -o /dev/null \(url) || echo "$? after $n"; n=$((n + 1)); sleep 0.02
            done; echo $n
            """
        ).split(separator: "\n").map(String.init)
        return (Int(lines.last ?? "") ?? 0, Array(lines.dropLast()))
    }
}

extension String {
    /// Which containers have answered, as `whoami` says it.
    fileprivate var names: Set<String> {
        Set(split(separator: "\n").filter { $0.hasPrefix("Hostname: ") }.map(String.init))
    }

    /// Where they were asked from; of the network of the routing mesh, the beginning.
    fileprivate var clients: Set<String> {
        let addresses = split(separator: "\n").filter { $0.hasPrefix("RemoteAddr: ") }.compactMap {
            $0.split(whereSeparator: { " :".contains($0) }).dropFirst().first
        }
        return Set(addresses.map { $0.hasPrefix("10.0.0.") ? "10.0.0" : String($0) })
    }
}
