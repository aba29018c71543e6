import Testing

/// What managers change about nodes and the swarm.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesUpdateTests {
    @Test(arguments: Orchestrator.underTest)
    func labelsAndAvailabilityAreKeptAndFound(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 1, workers: 1)
        let manager = cluster[1]
        #expect(try await manager.sh("docker node update --label-add a=b --label-add c node-2") == "node-2")
        #expect(try await manager.sh("docker node inspect -f '{{json .Spec.Labels}}' node-2") == #"{"a":"b","c":""}"#)
        #expect(try await manager.sh("docker node ls -q --filter node.label=a=b") == cluster.id(of: cluster[2]))
        #expect(try await manager.sh("docker node ls -q --filter node.label=c") == cluster.id(of: cluster[2]))
        #expect(try await manager.sh("docker node ls -q --filter node.label=a=c") == "")
        #expect(try await manager.sh("docker node update --label-rm a node-2") == "node-2")
        #expect(try await manager.sh("docker node inspect -f '{{json .Spec.Labels}}' node-2") == #"{"c":""}"#)

        for availability in ["drain", "pause", "active"] {
            #expect(try await manager.sh("docker node update --availability \(availability) node-2") == "node-2")
            #expect(try await cluster.nodes().last == "node-2 Ready \(availability.capitalized)")
        }
        try await manager.refuses(
            "docker node update --availability foo node-2", #"invalid Availability: "foo""#)
        try await manager.refuses("docker node update --role foo node-2", #"invalid Role: "foo""#)
        try await manager.refuses("docker node update --availability drain nope", "node nope not found")
        // By the beginning of an ID, too, as everywhere.
        let id = try await cluster.id(of: cluster[2])
        #expect(try await manager.sh("docker node inspect -f '{{.Description.Hostname}}' \(id.prefix(9))") == "node-2")
        try await manager.fails(
            "docker node inspect nope >/dev/null", "Status: Error response from daemon: node nope not found, Code: 1")
    }

    @Test(arguments: Orchestrator.underTest)
    func theListIsFiltered(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 1, workers: 1)
        let manager = cluster[1]
        let (one, two) = (try await cluster.id(of: manager), try await cluster.id(of: cluster[2]))
        for (filter, ids) in [
            ("role=manager", [one]), ("role=worker", [two]), ("name=node-2", [two]), ("name=node-", [one, two]),
            ("id=\(one.prefix(8))", [one]), ("membership=accepted", [one, two]), ("membership=pending", []),
            ("name=nope", []),
        ] {
            let found = try await manager.sh("docker node ls -q --filter \(filter)").split(separator: "\n").map(String.init)
            #expect(found.sorted() == ids.sorted(), "\(filter)")
        }
        try await manager.refuses("docker node ls --filter foo=bar", "invalid filter 'foo'")
        try await manager.refuses("docker node ls --filter role=foo", "Invalid role filter: 'foo'")
        try await manager.refuses("docker node ls --filter membership=foo", "Invalid membership filter: 'foo'")
        #expect(
            try await manager.sh("docker node ls --filter role=worker --format '{{.Self}} {{.TLSStatus}} {{.EngineVersion}}'")
                == "false Ready " + manager.sh("docker version -f '{{.Server.Version}}'"))
        // A worker's description is the worker's own.
        expect(
            try await manager.sh("docker node inspect --pretty node-2 | head -18"),
            matches: """
                ID:\t\t\t\(two)
                Hostname:              \tnode-2
                Joined at:             \t\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)? \\+0000 utc
                Status:
                 State:\t\t\tReady
                 Availability:         \tActive
                 Address:\t\t10.77.0.12
                Platform:
                 Operating System:\tlinux
                 Architecture:\t\tx86_64
                Resources:
                 CPUs:\t\t\t\\d+
                 Memory:\t\t[0-9.]+GiB
                Plugins:
                 Log:\t\t.*json-file.*
                 Network:\t\t.*bridge.*overlay.*
                 Volume:\t\tlocal
                Engine Version:\t\t.*
                """)
    }

    @Test(arguments: Orchestrator.underTest)
    func workersBecomeManagersAndManagersWorkers(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 1, workers: 2)
        let manager = cluster[1]
        #expect(
            try await manager.sh("docker node promote node-2 node-3") == """
                Node node-2 promoted to a manager in the swarm.
                Node node-3 promoted to a manager in the swarm.
                """)
        let second = try await cluster.id(of: cluster[2])
        #expect(try await manager.sh("docker node promote node-2") == "Node \(second) is already a manager.")
        try await manager.refuses("docker node promote nope", "node nope not found")
        try await eventually("all three are managers") {
            try await cluster.nodes() == [
                "node-1 Ready Active Leader", "node-2 Ready Active Reachable", "node-3 Ready Active Reachable",
            ]
        }
        try await eventually("a new manager serves") { try await cluster[3].attempt("docker node ls").succeeded }
        let id = try await cluster.id(of: cluster[3])
        try await manager.refuses(
            "docker node rm node-3",
            """
            rpc error: code = FailedPrecondition desc = node \(id) is a cluster manager and is a member of the raft cluster. \
            It must be demoted to worker before removal
            """)
        // One of the others asks for it.
        #expect(try await cluster[2].sh("docker node demote node-3") == "Manager node-3 demoted in the swarm.")
        #expect(try await manager.sh("docker node demote node-3") == "Node \(id) is already a worker.")
        try await eventually("node-3 is a worker") {
            guard try await cluster.nodes().last == "node-3 Ready Active" else { return false }
            return try await cluster[3].sh("docker info -f '{{.Swarm.ControlAvailable}}'") == "false"
        }
        #expect(try await manager.sh("docker node update --role manager node-3") == "node-3")
        try await eventually("node-3 is a manager again", within: .seconds(orchestrator == .swarmd ? 20 : 60)) {
            try await cluster.nodes().last == "node-3 Ready Active Reachable"
        }
        // Also the leader may go.
        #expect(try await cluster[2].sh("docker node demote node-1") == "Manager node-1 demoted in the swarm.")
        try await eventually("another leads") {
            let nodes = try await cluster.nodes(at: cluster[2])
            return nodes.first == "node-1 Ready Active" && nodes.contains { $0.hasSuffix(" Leader") }
        }
    }

    @Test(arguments: Orchestrator.underTest)
    func theSwarmIsUpdated(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, managers: 1)[1]
        #expect(try await node.sh("docker swarm update --task-history-limit 9 --dispatcher-heartbeat 6s") == "Swarm updated.")
        let info = try await node.sh("docker info 2>/dev/null")
        #expect(info.contains("   Task History Retention Limit: 9\n") && info.contains("   Heartbeat Period: 6 seconds\n"))
        try await node.refuses(
            "docker swarm update --cert-expiry 30m",
            "rpc error: code = InvalidArgument desc = minimum certificate expiry time is: 1h0m0s")
        try await node.sh("docker swarm update --cert-expiry 72h")
        #expect(try await node.sh("docker info 2>/dev/null").contains("   Expiry Duration: 3 days\n"))
    }
}
