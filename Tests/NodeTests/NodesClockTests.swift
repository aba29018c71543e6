import Testing

/// Clocks that are set while swarmd runs, by `scripts/nodes-bed`'s `swarmd-up --clock`. etcd's clock is not touched: it goes by the
/// monotonic one.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesClockTests {
    @Test(arguments: Orchestrator.swarmdOnly)
    func clocksMayBeSetByDaysAndRightAgain(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, hosts: 2)
        for host in cluster.hosts {
            try await host.sh("pkill -KILL -x swarmd")
            try await Host.bed(["swarmd-up", "--clock", host.name])
        }
        let (manager, worker) = (cluster[1], cluster[2])
        try await manager.sh("docker swarm init")
        try await cluster.join(worker, as: "worker")
        func ready() async throws -> Bool { try await cluster.nodes().filter { $0.contains(" Ready ") }.count == 2 }
        func trouble(of host: Host) async throws -> String { try await host.sh("docker info -f '{{.Swarm.Error}}'") }
        try await eventually("both are ready") { try await ready() }

        // A day ahead: nobody is taken for gone, and the swarm can be changed.
        for host in cluster.hosts { try await host.sh("echo +1d >/run/clock") }
        for _ in 0..<8 {
            #expect(try await ready())
            try await Task.sleep(for: .seconds(1))
        }
        try await manager.sh("docker node update --label-add a=b node-2")
        #expect(try await trouble(of: manager) == "")

        // A day back is before the certificates: the nodes say so, and what is connected goes on.
        for host in cluster.hosts { try await host.sh("echo -1d >/run/clock") }
        for host in cluster.hosts {
            try await eventually("\(host.name) says what is wrong", within: .seconds(90)) {
                try await trouble(of: host).contains("set the clock")
            }
        }
        #expect(try await ready())

        // Beyond the end of the worker's certificate, and right again.
        try await manager.sh("echo +0 >/run/clock")
        try await worker.sh("echo +100d >/run/clock")
        try await eventually("the worker says what is wrong", within: .seconds(90)) {
            try await trouble(of: worker).contains("held until")
        }
        try await worker.sh("echo +0 >/run/clock")
        for host in cluster.hosts {
            try await eventually("\(host.name) is content", within: .seconds(90)) { try await trouble(of: host) == "" }
        }
        try await eventually("both are ready again", within: .seconds(90)) { try await ready() }
        #expect(try await manager.sh("docker node inspect -f '{{.Spec.Labels.a}}' node-2") == "b")
    }
}
