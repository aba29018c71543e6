import Testing

/// Nodes that come to a swarm and go.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesJoinTests {
    @Test(arguments: Orchestrator.underTest)
    func onlyWhoHasATokenJoins(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, hosts: 2)
        let (manager, node) = (cluster[1], cluster[2])
        try await node.refuses("docker swarm join --token foo 10.77.0.11:2377", "invalid join token")
        let early = try await node.attempt("docker swarm join --token \(Self.foreign) 10.77.0.11:2377")
        #expect(!early.succeeded && early.errorText.contains("connection refused"), "\(early.errorText)")

        try await manager.sh("docker swarm init")
        let token = try await cluster.token("worker")
        let wrong = token.dropLast(4) + (token.hasSuffix("aaaa") ? "bbbb" : "aaaa")
        let needsAToken = "rpc error: code = InvalidArgument desc = A valid join token is necessary to join this cluster"
        try await node.refuses("docker swarm join --token \(wrong) 10.77.0.11:2377", needsAToken)
        try await node.refuses("docker swarm join 10.77.0.11:2377", needsAToken)
        try await node.refuses(
            "docker swarm join --token \(Self.foreign) 10.77.0.11:2377",
            """
            remote CA does not match fingerprint. Expected: \
            4bfbb4108fb5f0b87c50b36b40f999c27e16f2f9fc6a2edf2f654a0839204d5e
            """)
        #expect(try await node.sh("docker info -f '{{.Swarm.LocalNodeState}}'") == "inactive")

        let rotated = try await manager.sh("docker swarm join-token --rotate worker")
        let new = try await cluster.token("worker")
        #expect(
            rotated == """
                Successfully rotated worker join token.

                To add a worker to this swarm, run the following command:

                    docker swarm join --token \(new) 10.77.0.11:2377

                """)
        expect(new, matches: "SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}")
        #expect(new.dropLast(25) == token.dropLast(25) && new != token)
        try await node.refuses("docker swarm join --token \(token) 10.77.0.11:2377", needsAToken)
        try await cluster.join(node, as: "worker")
        #expect(try await cluster.nodes() == ["node-1 Ready Active Leader", "node-2 Ready Active"])
        try await manager.fails("docker swarm join-token nope", "unknown role nope")
    }

    /// A machine that was copied while it ran had another name when its daemons were started.
    @Test(arguments: Orchestrator.underTest)
    func nodesComeWithTheNamesThatTheyHaveThen(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, hosts: 2)
        for (host, name) in [(cluster[1], "first"), (cluster[2], "second")] { try await host.sh("hostname \(name)") }
        try await cluster[1].sh("docker swarm init")
        try await cluster.join(cluster[2], as: "worker")
        #expect(try await cluster.nodes() == ["first Ready Active Leader", "second Ready Active"])
    }

    @Test(arguments: Orchestrator.underTest)
    func managersShowTheSwarmAndWorkersDoNot(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 2, workers: 1)
        let expected = ["node-1 Ready Active Leader", "node-2 Ready Active Reachable", "node-3 Ready Active"]
        #expect(try await cluster.nodes(at: cluster[1]) == expected)
        #expect(try await cluster.nodes(at: cluster[2]) == expected)
        for (host, role) in [(cluster[1], "manager"), (cluster[2], "manager"), (cluster[3], "worker")] {
            let ping = try await host.sh("curl -sI --unix-socket /run/docker.sock http://engine/_ping")
            #expect(ping.contains("Swarm: active/\(role)"), "\(ping)")
        }
        expect(
            try await cluster[3].sh("docker info 2>/dev/null | sed -n '/^ Swarm:/,/^ Runtimes:/p'"),
            matches: """
                 Swarm: active
                  NodeID: [0-9a-z]{25}
                  Is Manager: false
                  Node Address: 10.77.0.13
                  Manager Addresses:
                   10.77.0.11:2377
                   10.77.0.12:2377
                 Runtimes: .*
                """)
        let warned = try await cluster[2].sh("docker info 2>&1 >/dev/null")
        #expect(
            warned == """
                WARNING: Running Swarm in a two-manager configuration. This configuration provides
                         no fault tolerance, and poses a high risk to lose control over the cluster.
                         Refer to https://docs.docker.com/engine/swarm/admin_guide/ to configure the
                         Swarm for fault-tolerance.
                """)
        let worker = """
            This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this \
            command on a manager node or promote the current node to a manager.
            """
        for line in ["docker node ls", "docker swarm join-token worker", "docker swarm update --autolock"] {
            try await cluster[3].refuses(line, worker)
        }
        try await cluster[3].refuses(
            "docker swarm init",
            "This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm and join another one.")
    }

    @Test(arguments: Orchestrator.underTest)
    func aWorkerThatLeavesIsDownUntilItIsRemoved(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 1, workers: 2)
        let manager = cluster[1]
        let id = try await manager.sh("docker node inspect -f '{{.ID}}' node-3")
        try await manager.refuses(
            "docker node rm node-3", "rpc error: code = FailedPrecondition desc = node \(id) is not down and can't be removed")
        #expect(try await cluster[2].sh("docker swarm leave") == "Node left the swarm.")
        #expect(try await cluster[2].sh("docker info -f '{{.Swarm.LocalNodeState}}'") == "inactive")
        try await eventually("node-2 is down") { try await cluster.nodes().contains("node-2 Down Active") }
        #expect(try await manager.sh("docker node rm node-2") == "node-2")
        try await manager.refuses("docker node rm node-2", "node node-2 not found")
        // By force also one that is there.
        #expect(try await manager.sh("docker node rm --force node-3") == "node-3")
        #expect(try await cluster.nodes() == ["node-1 Ready Active Leader"])
        // Who has left is welcome again, as a new node.
        try await cluster.join(cluster[2], as: "worker")
        #expect(try await cluster.nodes() == ["node-1 Ready Active Leader", "node-2 Ready Active"])
    }

    @Test(arguments: Orchestrator.underTest)
    func aManagerSaysWhatItsLeavingCosts(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 3)
        let attempt = "You are attempting to leave the swarm on a node that is participating as a manager."
        let restore = """
            The only way to restore a swarm that has lost consensus is to reinitialize it with `--force-new-cluster`. Use \
            `--force` to suppress this message.
            """
        try await cluster[3].refuses("docker swarm leave", "\(attempt) \(restore)")
        #expect(try await cluster[3].sh("docker swarm leave --force") == "Node left the swarm.")
        try await eventually("it is down") { try await cluster.nodes().last?.hasPrefix("node-3 Down Active") == true }
        // swarmd has counted it out by itself.
        _ = try await cluster[1].sh("docker node demote node-3")
        try await eventually("node-3 can be removed") { try await cluster[1].attempt("docker node rm node-3").succeeded }
        try await cluster[2].refuses(
            "docker swarm leave",
            """
            \(attempt) Removing this node leaves 1 managers out of 2. Without a Raft quorum your swarm will be inaccessible. \
            \(restore)
            """)
    }

    /// A token of a swarm that nobody knows.
    private static let foreign = "SWMTKN-1-1w6d4eczou12kyhxrhbgz8c472932p1ohe91ejbpof24ki90m6-2n2n1ng9idhuuy844neuq28uw"
}
