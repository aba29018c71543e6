import Foundation
import Testing

/// Nodes, daemons and cables that fail. What a manager has acknowledged is never lost.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesFaultTests {
    @Test(arguments: Orchestrator.underTest)
    func theSwarmIsTheSameAfterThePowerHasFailedEverywhere(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 2, workers: 1)
        try await cluster[1].sh("docker node update --label-add a=b node-3")
        let ids = try await cluster.hosts.asyncMap { try await cluster.id(of: $0) }
        let token = try await cluster.token("worker")
        try await cluster.powerOff(cluster.hosts)
        try await cluster.powerOn(cluster.hosts)
        try await eventually("all nodes are back", within: .seconds(60)) {
            let nodes = try await cluster.nodes()
            return nodes.count == 3 && nodes.allSatisfy { $0.contains(" Ready ") }
        }
        #expect(try await cluster.hosts.asyncMap { try await cluster.id(of: $0) } == ids)
        #expect(try await cluster.token("worker") == token)
        #expect(try await cluster[1].sh("docker node inspect -f '{{json .Spec.Labels}}' node-3") == #"{"a":"b"}"#)
    }

    @Test(arguments: Orchestrator.underTest)
    func aWorkerWithoutPowerIsDownUntilItIsBack(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 1, workers: 1)
        try await cluster.powerOff([cluster[2]])
        try await eventually("it is down", within: orchestrator == .swarmd ? .seconds(10) : .seconds(40)) {
            try await cluster.nodes().last == "node-2 Down Active"
        }
        try await cluster.powerOn([cluster[2]])
        try await eventually("it is ready") { try await cluster.nodes().last == "node-2 Ready Active" }
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func aKilledLeaderIsReplacedAndNothingAcknowledgedIsLost(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 3)
        let writer = Writer(cluster, at: [cluster[2], cluster[3]])
        async let written = writer.write(for: .seconds(8))
        try await Task.sleep(for: .seconds(2))
        try await cluster.powerOff([cluster[1]])
        try await eventually("another leads", within: .seconds(10)) {
            try await ["node-2", "node-3"].contains(cluster.leader(at: cluster[2]))
        }
        let acknowledged = try await written
        #expect(acknowledged.contains { $0.after > .seconds(4) }, "no write succeeded after the leader was killed")
        try await writer.expectAllKept(acknowledged)
        try await cluster.powerOn([cluster[1]])
        try await eventually("the old one follows") {
            try await cluster.nodes(at: cluster[2]).first == "node-1 Ready Active Reachable"
        }
        try await writer.expectAllKept(acknowledged)
    }

    @Test(arguments: Orchestrator.swarmdOnly, ["swarmd", "etcd"])
    func aKilledProcessComesBackAndTheSwarmWithIt(_ orchestrator: Orchestrator, _ process: String) async throws {
        let cluster = try await Cluster(orchestrator, managers: 3)
        let writer = Writer(cluster, at: cluster.hosts)
        async let written = writer.write(for: .seconds(6))
        for host in cluster.hosts {
            try await host.sh("pkill -KILL -x \(process)")
            // swarmd restarts etcd; in a machine systemd restarts swarmd.
            if process == "swarmd" { try await cluster.startSwarmd([host]) }
            try await eventually("\(host.name) answers") { try await host.attempt("docker node ls").succeeded }
        }
        try await writer.expectAllKept(try await written)
        try await eventually("all managers are there") {
            let nodes = try await cluster.nodes()
            return nodes.filter { $0.hasSuffix(" Reachable") || $0.hasSuffix(" Leader") }.count == 3
        }
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func withoutAQuorumNothingIsChangedUntilItReturns(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 3)
        try await cluster[1].sh("docker node update --label-add a=1 node-1")
        try await cluster.powerOff([cluster[2], cluster[3]])
        let noLeader = """
            Error response from daemon: rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that \
            too few managers are online. Make sure more than half of the managers are online.
            """
        try await eventually("it says that it has lost the quorum") {
            try await cluster[1].attempt("docker node ls").errorText.contains(noLeader)
        }
        #expect(try await !cluster[1].attempt("docker node update --label-add a=2 node-1").succeeded)
        #expect(try await cluster[1].sh("docker info -f '{{.Swarm.LocalNodeState}}'") != "inactive")
        try await cluster.powerOn([cluster[2], cluster[3]])
        try await eventually("there is a leader again") { try await cluster.leader(at: cluster[1]) != nil }
        #expect(try await cluster[1].sh("docker node inspect -f '{{.Spec.Labels.a}}' node-1") == "1")
        try await cluster[1].sh("docker node update --label-add a=3 node-1")
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func aManagerThatWaitsForOthersDoesAsItIsTold(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 2)
        let ids = try await cluster.hosts.asyncMap { try await cluster.id(of: $0) }
        try await cluster.powerOff(cluster.hosts)
        try await cluster.powerOn([cluster[1]])
        #expect(try await !cluster[1].attempt("timeout 5 docker node ls").succeeded)
        // Stop.
        try await cluster[1].sh("pkill -x swarmd; timeout 20 sh -c 'while pgrep -x swarmd >/dev/null; do sleep 0.1; done'")
        try await cluster.startSwarmd([cluster[1]])
        // Go on alone.
        try await cluster[1].sh("timeout 30 docker swarm init --force-new-cluster")
        try await eventually("it leads alone") { try await cluster.nodes().contains("node-1 Ready Active Leader") }
        // What it was to wait for is nobody's to wait for any more.
        try await cluster.powerOn([cluster[2]])
        try await eventually("the other is a worker", within: .seconds(60)) {
            let nodes = try await cluster.nodes()
            let hasStore = try await !cluster[2].attempt("test ! -e /var/lib/swarmd/etcd").succeeded
            return !hasStore && nodes.contains("node-2 Ready Active")
        }
        #expect(try await cluster.hosts.asyncMap { try await cluster.id(of: $0) } == ids)
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func aManagerThatWaitsForOthersCanLeave(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 2)
        try await cluster.powerOff(cluster.hosts)
        try await cluster.powerOn([cluster[1]])
        try await cluster[1].sh("timeout 30 docker swarm leave --force")
        #expect(try await cluster[1].sh("docker info -f '{{.Swarm.LocalNodeState}}'") == "inactive")
        try await cluster[1].sh("docker swarm init")
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func ofTwoHalvesOnlyTheLargerLeads(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 3)
        let writer = Writer(cluster, at: cluster.hosts)
        async let written = writer.write(for: .seconds(10))
        try await Task.sleep(for: .seconds(1))
        try await Host.bed(["partition", "node-1", "rest"])
        try await eventually("the others have a leader", within: .seconds(15)) {
            try await ["node-2", "node-3"].contains(cluster.leader(at: cluster[2]))
        }
        #expect(try await !cluster[1].attempt("docker node update --label-add lost=1 node-1").succeeded)
        try await Host.bed(["heal"])
        try await eventually("all see the same leader", within: .seconds(30)) {
            var leaders: Set<String?> = []
            for host in cluster.hosts { leaders.insert(try await cluster.leader(at: host)) }
            return leaders.count == 1 && leaders.first != .some(nil)
        }
        try await writer.expectAllKept(try await written)
        #expect(try await cluster[2].sh("docker node inspect -f '{{.Spec.Labels.lost}}' node-1") == "<no value>")
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func aFullDiskLosesNothingAndHeals(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, hosts: 1)
        let node = cluster[1]
        // The store's log files are of 64 MB.
        try await node.sh("pkill -x swarmd; sleep 0.5; mount -t tmpfs -o size=200m tmpfs /var/lib/swarmd")
        try await cluster.startSwarmd([node])
        try await node.sh("docker swarm init")
        try await node.sh("docker node update --label-add a=1 node-1")
        _ = try await node.attempt("dd if=/dev/zero of=/var/lib/swarmd/ballast bs=1M 2>/dev/null")
        // The store has room of its own in its log: what it still acknowledges, it keeps. It may well stop then.
        let writer = Writer(cluster, at: [node])
        let written = try await writer.write(for: .seconds(2))
        try await node.sh("rm /var/lib/swarmd/ballast")
        try await eventually("it can be written to") {
            try await node.attempt("docker node update --label-add a=2 node-1").succeeded
        }
        if !written.isEmpty { try await writer.expectAllKept(written) }
        #expect(try await node.sh("docker node inspect -f '{{.Spec.Labels.a}}' node-1") == "2")
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func aNodeThatWasRemovedIsNotLetIn(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 1, workers: 1)
        try await cluster.powerOff([cluster[2]])
        try await cluster[1].sh("docker node rm --force node-2")
        try await cluster.powerOn([cluster[2]])
        try await Task.sleep(for: .seconds(2))
        #expect(try await cluster.nodes() == ["node-1 Ready Active Leader"])
        #expect(try await cluster[2].sh("docker info -f '{{.Swarm.LocalNodeState}}'") != "active")
    }

    @Test(arguments: Orchestrator.underTest)
    func oneManagerOfALostSwarmStartsItAnew(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 2, workers: 1)
        try await cluster[1].sh("docker node update --label-add a=b node-3")
        let id = try await cluster.id(of: cluster[1])
        try await cluster.powerOff([cluster[2]])
        let said = try await cluster[1].sh("docker swarm init --force-new-cluster")
        #expect(said.contains("Swarm initialized: current node (\(id)) is now a manager."))
        try await eventually("it leads alone") {
            try await cluster.nodes().filter { $0.hasSuffix(" Leader") || $0.hasSuffix("able") } == ["node-1 Ready Active Leader"]
        }
        #expect(try await cluster[1].sh("docker node inspect -f '{{json .Spec.Labels}}' node-3") == #"{"a":"b"}"#)
        try await eventually("the worker has found it") { try await cluster.nodes().contains("node-3 Ready Active") }
    }
}

/// Writes labels to node-1 and counts what was acknowledged.
private struct Writer: Sendable {
    struct Write: Sendable {
        var label: String
        var after: Duration
    }

    let cluster: Cluster
    let hosts: [Host]

    init(_ cluster: Cluster, at hosts: [Host]) {
        self.cluster = cluster
        self.hosts = hosts
    }

    /// Writes through one host after the other; failures are theirs.
    func write(for duration: Duration) async throws -> [Write] {
        let clock = ContinuousClock()
        let start = clock.now
        var acknowledged: [Write] = []
        var number = 0
        while clock.now - start < duration {
            number += 1
            let label = "w\(number)"
            let host = hosts[number % hosts.count]
            if try await host.attempt("timeout 3 docker node update --label-add \(label)= node-1 2>/dev/null").succeeded {
                acknowledged.append(Write(label: label, after: clock.now - start))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return acknowledged
    }

    func expectAllKept(_ writes: [Write], at location: SourceLocation = #_sourceLocation) async throws {
        let text = try await hosts[hosts.count - 1].sh("docker node inspect -f '{{json .Spec.Labels}}' node-1")
        let labels = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        let lost = writes.map(\.label).filter { labels[$0] == nil }
        #expect(!writes.isEmpty && lost.isEmpty, "\(lost.count) of \(writes.count) are lost", sourceLocation: location)
    }
}

extension Array where Element: Sendable {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
