import Testing

/// Nodes that are in no swarm yet, and how one begins.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesInitTests {
    @Test(arguments: Orchestrator.underTest)
    func outsideOfASwarmWhatNeedsOneIsRefused(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, hosts: 1)
        let node = cluster[1]
        let notInASwarm = """
            This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm \
            and try again.
            """
        for line in ["docker node ls", "docker swarm join-token worker", "docker swarm update --autolock"] {
            try await node.refuses(line, notInASwarm)
        }
        try await node.fails(
            "docker swarm unlock-key", "could not fetch unlock key: Error response from daemon: \(notInASwarm)")
        try await node.refuses("docker swarm leave", "This node is not part of a swarm")
        try await node.fails("docker swarm unlock", "Error: This node is not part of a swarm", input: "SWMKEY-1-x\n")
        #expect(
            try await node.sh("docker info -f '{{json .Swarm}}'") == #"{"NodeID":"","NodeAddr":"","LocalNodeState":"inactive","#
                + #""ControlAvailable":false,"Error":"","RemoteManagers":null}"#)
        #expect(try await node.sh("docker info 2>&1 | grep Swarm:") == " Swarm: inactive")
        #expect(try await pingHeader(of: node) == "inactive")
    }

    /// Whoever asks for the node and changes it, as `docker node update` does, is not late.
    @Test(arguments: Orchestrator.underTest.filter { $0 == .swarmd })
    func theFirstNodeIsWrittenAsItsSessionReportsIt(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, managers: 1)[1]
        try await Task.sleep(for: .seconds(2))
        #expect(try await node.sh("docker node inspect -f '{{eq .CreatedAt .UpdatedAt}}' self") == "true")
        try await node.sh("docker node update --label-add a=b node-1")
        #expect(try await node.sh("docker node inspect -f '{{eq .CreatedAt .UpdatedAt}}' self") == "false")
    }

    @Test(arguments: Orchestrator.underTest)
    func anInitThatCannotBeIsRefusedAndLeavesNoSwarm(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, hosts: 1)[1]
        let advertise = "advertise address must be a non-zero IP address or network interface (with optional port number)"
        let data = "data path address must be a non-zero IP address or network interface (without a port number)"
        try await node.refuses("docker swarm init --advertise-addr nope", advertise)
        try await node.refuses("docker swarm init --advertise-addr 0.0.0.0", advertise)
        try await node.refuses(
            "docker swarm init --listen-addr nope",
            "listen address must be an IP address or network interface (with optional port number)")
        try await node.refuses("docker swarm init --data-path-addr 0.0.0.0", data)
        try await node.refuses("docker swarm init --data-path-addr nope", data)
        try await node.refuses(
            "docker swarm init --data-path-port 80", "Datapath port number is not in valid range (1024-49151) : 80")
        let bind = try await node.attempt("docker swarm init --listen-addr 10.77.0.99")
        #expect(!bind.succeeded && bind.errorText.contains("cannot assign requested address"), "\(bind.errorText)")
        #expect(try await node.sh("docker info -f '{{.Swarm.LocalNodeState}}'") == "inactive")
        // Nothing of what failed stands in the way.
        try await node.sh("docker swarm init")
    }

    @Test(arguments: Orchestrator.underTest)
    func initMakesAManagerThatIsItsOwnSwarm(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, hosts: 1)
        let node = cluster[1]
        let said = try await node.sh("docker swarm init")
        let id = try await cluster.id(of: node)
        let token = try await cluster.token("worker")
        expect(id, matches: "[0-9a-z]{25}")
        #expect(
            said == """
                Swarm initialized: current node (\(id)) is now a manager.

                To add a worker to this swarm, run the following command:

                    docker swarm join --token \(token) 10.77.0.11:2377

                To add a manager to this swarm, run 'docker swarm join-token manager' and follow the instructions.

                """)
        let version = try await node.sh("docker version -f '{{.Server.Version}}'")
        #expect(
            try await node.sh("docker node ls") == """
                ID                            HOSTNAME   STATUS    AVAILABILITY   MANAGER STATUS   ENGINE VERSION
                \(id) *   node-1     Ready     Active         Leader           \(version)
                """)
        #expect(try await pingHeader(of: node) == "active/manager")
        let certificate = "/var/lib/docker/swarm/certificates/swarm-node.crt"
        let subject = try await node.sh("openssl x509 -in \(certificate) -noout -subject -nameopt RFC2253")
        #expect(subject.hasPrefix("subject=CN=\(id),OU=swarm-manager,O="), "\(subject)")

        let alreadyInASwarm = """
            This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.
            """
        try await node.refuses("docker swarm init", alreadyInASwarm)
        try await node.refuses("docker swarm join --token \(token) 10.77.0.11:2377", alreadyInASwarm)
        try await node.fails("docker swarm unlock-key", "no unlock key is set")
        try await node.fails("docker swarm unlock", "Error: swarm is not locked")
        try await node.refuses(
            "docker swarm leave",
            """
            You are attempting to leave the swarm on a node that is participating as a manager. Removing the last manager \
            erases all current state of the swarm. Use `--force` to ignore this message.
            """)
        try await node.refuses(
            "docker node demote node-1",
            "rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm")
        try await node.refuses(
            "docker node rm node-1",
            """
            rpc error: code = FailedPrecondition desc = node \(id) is a cluster manager and is a member of the raft cluster. \
            It must be demoted to worker before removal
            """)
        #expect(try await node.sh("docker swarm leave --force") == "Node left the swarm.")
        #expect(try await node.sh("docker info -f '{{.Swarm.LocalNodeState}}'") == "inactive")
        try await node.refuses("docker swarm leave --force", "This node is not part of a swarm")
        #expect(try await node.attempt("stat \(certificate)").succeeded == false)
        // Another one after it is another one.
        try await node.sh("docker swarm init")
        #expect(try await cluster.id(of: node) != id)
    }

    @Test(arguments: Orchestrator.underTest)
    func theInfoOfAManagerShowsTheSwarmAsItWasAsked(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, hosts: 1)[1]
        try await node.sh(
            """
            docker swarm init --advertise-addr eth0:2399 --listen-addr 10.77.0.11:2399 --availability drain \
            --task-history-limit 3 --dispatcher-heartbeat 7s --cert-expiry 48h --snapshot-interval 5000 --max-snapshots 1 \
            --default-addr-pool 10.20.0.0/16 --default-addr-pool-mask-length 26 --data-path-port 4790
            """)
        let info = try await node.sh("docker info 2>/dev/null | sed -n '/^ Swarm:/,/^ Runtimes:/p'")
        expect(
            info,
            matches: """
                 Swarm: active
                  NodeID: [0-9a-z]{25}
                  Is Manager: true
                  ClusterID: [0-9a-z]{25}
                  Managers: 1
                  Nodes: 1
                  Default Address Pool: 10.20.0.0/16  
                  SubnetSize: 26
                  Data Path Port: 4790
                  Orchestration:
                   Task History Retention Limit: 3
                  Raft:
                   Snapshot Interval: 5000
                   Number of Old Snapshots to Retain: 1
                   Heartbeat Tick: 1
                   Election Tick: 10
                  Dispatcher:
                   Heartbeat Period: 7 seconds
                  CA Configuration:
                   Expiry Duration: 2 days
                   Force Rotate: 0
                  Autolock Managers: false
                  Root Rotation In Progress: false
                  Node Address: 10.77.0.11
                  Manager Addresses:
                   10.77.0.11:2399
                 Runtimes: .*
                """)
        #expect(try await node.sh("docker node ls --format '{{.Availability}}'") == "Drain")
        #expect(try await node.sh("docker swarm join-token worker").contains(" 10.77.0.11:2399\n"))
    }

    @Test(arguments: Orchestrator.underTest)
    func theInfoOfAManagerShowsTheDefaults(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, hosts: 1)[1]
        try await node.sh("docker swarm init")
        expect(
            try await node.sh("docker info 2>/dev/null | sed -n '/^ Swarm:/,/^ Runtimes:/p'"),
            matches: """
                 Swarm: active
                  NodeID: [0-9a-z]{25}
                  Is Manager: true
                  ClusterID: [0-9a-z]{25}
                  Managers: 1
                  Nodes: 1
                (?:  Default Address Pool: 10.0.0.0/8  
                  SubnetSize: 24
                )?  Data Path Port: 4789
                  Orchestration:
                   Task History Retention Limit: 5
                  Raft:
                   Snapshot Interval: 10000
                   Number of Old Snapshots to Retain: 0
                   Heartbeat Tick: 1
                   Election Tick: 10
                  Dispatcher:
                   Heartbeat Period: 5 seconds
                  CA Configuration:
                   Expiry Duration: 3 months
                   Force Rotate: 0
                  Autolock Managers: false
                  Root Rotation In Progress: false
                  Node Address: 10.77.0.11
                  Manager Addresses:
                   10.77.0.11:2377
                 Runtimes: .*
                """)
    }

    private func pingHeader(of node: Host) async throws -> String {
        try await node.sh(
            "curl -sI --unix-socket /run/docker.sock http://engine/_ping | tr -d '\\r' | sed -n 's/^Swarm: //p'")
    }
}
