import Foundation
import Testing

/// `swarmd backup` and `swarmd restore`: a swarm that is lost goes on from a file.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesBackupTests {
    @Test(arguments: Orchestrator.swarmdOnly)
    func aLostSwarmGoesOnFromItsBackup(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 3)
        let (first, last) = (cluster[1], cluster[3])
        try await first.sh("docker node update --label-add a=b node-2")
        let before = try await Identity(of: first)
        let said = try await first.sh("swarmd backup /root/backup")
        #expect(said.hasPrefix("Swarm saved to /root/backup: ") && said.contains("as node \(before.node)."))
        #expect(try await first.sh("stat -c '%a %U' /root/backup") == "600 root")
        // Later than the backup, so lost.
        try await first.sh("docker node update --label-add later=1 node-2")
        let backup = try await first.sh("base64 -w 0 /root/backup")

        try await cluster.powerOff(cluster.hosts)
        try await Host.bed(["renew", "node-1"])
        try await first.sh("base64 -d > /root/backup", input: backup)
        let restored = try await first.sh("swarmd restore /root/backup")
        #expect(restored.hasPrefix("Swarm restored from /root/backup: "))
        #expect(restored.contains("as node \(before.node) at 10.77.0.11:2377. Start swarmd now."))
        try await cluster.start([first])
        try await eventually("it leads, and the others are workers that are not there") {
            try await cluster.nodes() == ["node-1 Ready Active Leader", "node-2 Down Active", "node-3 Down Active"]
        }
        #expect(try await Identity(of: first) == before)
        #expect(try await first.sh("docker node inspect -f '{{json .Spec.Labels}}' node-2") == #"{"a":"b"}"#)
        #expect(
            try await first.sh("docker node inspect -f '{{.Spec.Role}} {{.ManagerStatus}}' node-2 | head -n 1") == "worker <nil>")

        // A former manager that comes back alone is a worker, and may be a manager again.
        try await cluster.powerOn([last])
        try await eventually("a former manager is a worker", within: .seconds(60)) {
            try await cluster.nodes().contains("node-3 Ready Active")
        }
        try await eventually("it has given up its store") { try await last.attempt("test ! -e /var/lib/swarmd/etcd").succeeded }
        try await first.sh("docker node promote node-3")
        try await eventually("and a manager again", within: .seconds(60)) {
            try await cluster.nodes().contains("node-3 Ready Active Reachable")
        }
        // What was restored survives like any other state.
        try await first.sh("docker node update --label-add c=d node-2")
        try await cluster.powerOff([first, last])
        try await cluster.powerOn([first, last])
        try await eventually("both are back", within: .seconds(60)) {
            try await cluster.nodes().filter { $0.contains(" Ready ") }.count == 2
        }
        #expect(try await Identity(of: first) == before)
        #expect(try await first.sh("docker node inspect -f '{{json .Spec.Labels}}' node-2") == #"{"a":"b","c":"d"}"#)
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func aWorkerFindsTheRestoredManager(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 2, workers: 1)
        let (first, worker) = (cluster[1], cluster[3])
        let id = try await cluster.id(of: worker)
        // Any manager has all of it.
        try await first.sh("swarmd backup /root/backup")
        let backup = try await first.sh("base64 -w 0 /root/backup")
        try await cluster.powerOff(cluster.hosts)
        try await Host.bed(["renew", "node-1"])
        try await first.sh("base64 -d > /root/backup", input: backup)
        try await first.sh("swarmd restore /root/backup")
        try await cluster.start([first])
        try await cluster.powerOn([worker])
        try await eventually("the worker is back", within: .seconds(60)) {
            try await cluster.nodes() == ["node-1 Ready Active Leader", "node-2 Down Active", "node-3 Ready Active"]
        }
        #expect(try await cluster.id(of: worker) == id)
        // And who is new.
        try await Host.bed(["renew", "node-2"])
        try await cluster.start([cluster[2]])
        try await cluster.join(cluster[2], as: "manager")
        try await eventually("a new manager is there") {
            try await cluster.nodes().contains("node-2 Ready Active Reachable")
        }
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func aSwarmIsRestoredAtAnotherAddress(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 2)
        let (first, second) = (cluster[1], cluster[2])
        let before = try await Identity(of: first)
        try await first.sh("swarmd backup /root/backup")
        let backup = try await first.sh("base64 -w 0 /root/backup")
        try await cluster.powerOff(cluster.hosts)
        try await Host.bed(["renew", "node-2"])
        try await second.sh("base64 -d > /root/backup", input: backup)
        try await second.sh("swarmd restore --advertise-addr eth0 /root/backup")
        try await cluster.start([second])
        try await eventually("it leads") {
            try await cluster.nodes(at: second).contains("node-2 Ready Active Leader")
        }
        #expect(try await Identity(of: second) == before)
        #expect(
            try await second.sh("docker node inspect -f '{{.Status.Addr}} {{.ManagerStatus.Addr}}' self")
                == "10.77.0.12 10.77.0.12:2377")
        // Others reach its store there, which its certificate for it has to name.
        try await Host.bed(["renew", "node-1"])
        try await cluster.start([first])
        let token = try await second.sh("docker swarm join-token -q manager")
        try await first.sh("docker swarm join --token \(token) \(second.address):2377")
        try await eventually("a second manager is there") {
            try await cluster.nodes(at: first).contains("node-1 Ready Active Reachable")
        }
        // Each of the two can follow the other.
        try await second.sh("docker node update --label-add a=b \(before.node)")
        #expect(try await first.sh("docker node inspect -f '{{.Spec.Labels.a}}' \(before.node)") == "b")
        try await first.sh("docker node demote \(before.node)")
        try await eventually("the restored one is a worker") {
            try await cluster.nodes(at: first).contains("node-2 Ready Active")
        }
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func aLockedSwarmIsLockedWhenItIsRestored(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, hosts: 1)
        let node = cluster[1]
        try await node.sh("docker swarm init --autolock")
        let key = try await node.sh("docker swarm unlock-key -q")
        let before = try await Identity(of: node)
        let said = try await node.sh("swarmd backup /root/backup")
        #expect(said.contains("Restoring it takes the unlock key that is valid now (docker swarm unlock-key)."))
        // Nothing opens what is in it but that key.
        #expect(try await node.sh("grep -c 'SWARM SEALED SECRET' /root/backup") == "1")
        #expect(try await !node.attempt("grep -qE 'SWARM SECRET|PRIVATE KEY' /root/backup").succeeded)
        let backup = try await node.sh("base64 -w 0 /root/backup")
        try await Host.bed(["renew", "node-1"])
        try await node.sh("base64 -d > /root/backup", input: backup)
        let restored = try await node.sh("swarmd restore /root/backup")
        #expect(restored.contains("The swarm is locked: once swarmd serves, unlock it with docker swarm unlock."))
        try await cluster.start([node])
        #expect(try await node.sh("docker info 2>/dev/null | grep Swarm:") == " Swarm: locked")
        try await node.refuses(
            "docker node ls",
            "Swarm is encrypted and needs to be unlocked before it can be used. Please use \"docker swarm unlock\" to unlock it.")
        let other = key.dropLast(4) + (key.hasSuffix("AAAE") ? "BBBE" : "AAAE")
        try await node.refuses("echo \(other) | docker swarm unlock", "swarm could not be unlocked: invalid key provided")
        // It stays so.
        try await cluster.powerOff([node])
        try await cluster.powerOn([node])
        #expect(try await node.sh("docker info 2>/dev/null | grep Swarm:") == " Swarm: locked")
        try await node.sh("echo \(key) | docker swarm unlock")
        try await eventually("it is a manager again") { try await cluster.nodes() == ["node-1 Ready Active Leader"] }
        #expect(try await Identity(of: node) == before)
        #expect(try await node.sh("docker swarm unlock-key -q") == key)
        // And after the next start again.
        try await cluster.powerOff([node])
        try await cluster.powerOn([node])
        #expect(try await node.sh("docker info 2>/dev/null | grep Swarm:") == " Swarm: locked")
        try await node.sh("echo \(key) | docker swarm unlock")
        try await eventually("it is a manager again") { try await cluster.nodes() == ["node-1 Ready Active Leader"] }
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func whatCannotBeRestoredChangesNothing(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 1, workers: 1)
        let (node, worker) = (cluster[1], cluster[2])
        try await node.sh("swarmd backup /root/backup")
        try await worker.fails(
            "swarmd backup /root/backup",
            "Error: this node is not a manager of its swarm: make the backup on one that is")
        let backup = try await node.sh("base64 -w 0 /root/backup")
        try await node.fails(
            "swarmd restore /root/backup",
            "Error: swarmd is serving with /var/lib/swarmd: stop it first (systemctl stop swarmd)")
        try await node.sh("pkill -x swarmd; while pgrep -x swarmd >/dev/null; do sleep 0.1; done")
        try await node.fails(
            "swarmd restore /root/backup",
            "Error: this node is part of a swarm already: leave it first (docker swarm leave --force), or give it up with --force"
        )
        let notServing = try await node.attempt("swarmd backup /root/backup")
        #expect(notServing.errorText.hasPrefix("Error: the swarm's store does not answer: is swarmd serving"))
        #expect(try await node.sh("base64 -w 0 /root/backup") == backup)
        try await cluster.startSwarmd([node])
        try await eventually("it is what it was") { try await cluster.nodes().first == "node-1 Ready Active Leader" }

        try await Host.bed(["renew", "node-2"])
        try await worker.sh("base64 -d > /root/backup", input: backup)
        try await worker.sh(
            "head -c 3000 /root/backup > /root/part; sed '2s/\\(.\\{99\\}\\)./\\1-/' /root/backup > /root/damaged")
        try await worker.fails(
            "swarmd restore /root/part", "Error: the backup /root/part is cut off: its end is missing. Take another copy of it")
        try await worker.fails(
            "swarmd restore /root/damaged",
            "Error: the backup /root/damaged is damaged: it is not what was written. Take another copy of it")
        try await worker.fails("swarmd restore /etc/hosts", "Error: /etc/hosts is no backup of a swarm")
        #expect(try await worker.sh("ls /var/lib/swarmd") == "lock")
        try await cluster.start([worker])
        #expect(try await worker.sh("docker info -f '{{.Swarm.LocalNodeState}}'") == "inactive")
        try await worker.refuses(
            "docker node ls",
            "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again."
        )
        try await worker.fails("swarmd backup /root/backup", "Error: this node is not part of a swarm")
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func aRestoreThatIsInterruptedBeginsAgain(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 1)
        let node = cluster[1]
        try await node.sh("docker node update --label-add a=b node-1")
        let before = try await Identity(of: node)
        try await node.sh("swarmd backup /root/backup")
        try await node.sh("pkill -x swarmd; while pgrep -x swarmd >/dev/null; do sleep 0.1; done")
        // What it has is given up for the backup, also where it is the same swarm.
        try await node.sh("swarmd restore --force /root/backup")
        for delay in ["0", "0.05", "0.1", "0.15", "0.2", "0.3", "0.5", "1"] {
            try await node.sh(
                """
                swarmd --state-dir /var/lib/swarmd --run-dir /run/swarmd --engine-socket /run/swarmd/engine.sock \
                --docker-socket /run/docker.sock >/dev/null 2>&1 & sleep \(delay); kill -KILL $!; wait $! 2>/dev/null; true
                """)
        }
        try await cluster.startSwarmd([node])
        try await eventually("it leads") { try await cluster.nodes() == ["node-1 Ready Active Leader"] }
        #expect(try await Identity(of: node) == before)
        #expect(try await node.sh("docker node inspect -f '{{json .Spec.Labels}}' node-1") == #"{"a":"b"}"#)
        #expect(try await node.sh("ls /var/lib/swarmd | grep -c restored- || true") == "0")
    }
}

/// What must be the same after a swarm was restored.
private struct Identity: Equatable {
    var node: String
    var cluster: String
    var worker: String
    var manager: String

    init(of host: Host) async throws {
        node = try await host.sh("docker info -f '{{.Swarm.NodeID}}'")
        cluster = try await host.sh("docker info -f '{{.Swarm.Cluster.ID}}'")
        worker = try await host.sh("docker swarm join-token -q worker")
        manager = try await host.sh("docker swarm join-token -q manager")
    }
}
