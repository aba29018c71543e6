import Testing

/// Keys and certificates of the swarm: autolock, and its certificate authority.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesLockTests {
    @Test(arguments: Orchestrator.underTest)
    func aLockedManagerWaitsForItsKey(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 1)
        let node = cluster[1]
        let instructions = """
            To unlock a swarm manager after it restarts, run the `docker swarm unlock`
            command and provide the following key:

                KEY

            Please remember to store this key in a password manager, since without it you
            will not be able to restart the manager.
            """
        let updated = try await node.sh("docker swarm update --autolock")
        let key = try await node.sh("docker swarm unlock-key -q")
        expect(key, matches: "SWMKEY-1-[A-Za-z0-9+/]{43}")
        #expect(updated == "Swarm updated.\n" + instructions.replacing("KEY", with: key, maxReplacements: 1))
        #expect(try await node.sh("docker swarm unlock-key") == instructions.replacing("KEY", with: key, maxReplacements: 1))
        #expect(try await node.sh("docker info 2>/dev/null").contains("\n  Autolock Managers: true\n"))
        try await node.fails("docker swarm unlock", "Error: swarm is not locked")
        let id = try await cluster.id(of: node)

        try await cluster.powerOff([node])
        try await cluster.powerOn([node])
        let locked = """
            Swarm is encrypted and needs to be unlocked before it can be used. Please use "docker swarm unlock" to unlock it.
            """
        try await node.refuses("docker node ls", locked)
        #expect(try await node.sh("docker info 2>/dev/null | grep Swarm:") == " Swarm: locked")
        try await node.refuses(
            "docker swarm leave",
            "Swarm is encrypted and locked. Please unlock it first or use `--force` to ignore this message.")
        try await node.refuses(
            "docker swarm init",
            "This node is already part of a swarm. Use \"docker swarm leave\" to leave this swarm and join another one.")
        try await node.refuses("echo foo | docker swarm unlock", "invalid key string")
        let other = key.dropLast(4) + (key.hasSuffix("AAAE") ? "BBBE" : "AAAE")
        try await node.refuses("echo \(other) | docker swarm unlock", "swarm could not be unlocked: invalid key provided")
        #expect(try await node.sh("echo \(key) | docker swarm unlock") == "")
        try await eventually("it is a manager again") { try await cluster.nodes() == ["node-1 Ready Active Leader"] }
        #expect(try await cluster.id(of: node) == id)

        let rotated = try await node.sh("docker swarm unlock-key --rotate")
        let new = try await node.sh("docker swarm unlock-key -q")
        #expect(new != key)
        #expect(
            rotated == "Successfully rotated manager unlock key.\n\n"
                + instructions.replacing("KEY", with: new, maxReplacements: 1))
        try await cluster.powerOff([node])
        try await cluster.powerOn([node])
        try await node.refuses("echo \(key) | docker swarm unlock", "swarm could not be unlocked: invalid key provided")
        try await node.sh("echo \(new) | docker swarm unlock")
        #expect(try await node.sh("docker swarm update --autolock=false") == "Swarm updated.")
        try await cluster.powerOff([node])
        try await cluster.powerOn([node])
        try await eventually("it needs no key") { try await cluster.nodes() == ["node-1 Ready Active Leader"] }
    }

    @Test(arguments: Orchestrator.underTest)
    func theAuthorityIsReplacedOnAllNodes(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 1, workers: 1)
        let manager = cluster[1]
        let old = try await manager.sh("docker swarm ca")
        let tokens = (try await cluster.token("worker"), try await cluster.token("manager"))
        #expect(old.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
        let subject = try await manager.sh("docker swarm ca | openssl x509 -noout -subject")
        #expect(subject == "subject=CN=swarm-ca" || subject == "subject=CN = swarm-ca")
        try await manager.fails(
            "docker swarm ca --cert-expiry 5h", "`--cert-expiry` flag requires the `--rotate` flag to update the CA")
        try await manager.sh("docker swarm ca --rotate --quiet")
        let new = try await manager.sh("docker swarm ca")
        #expect(new != old)
        #expect(try await cluster.token("worker") != tokens.0)
        #expect(try await cluster.token("manager") != tokens.1)
        #expect(
            try await manager.sh("docker node ls --format '{{.Hostname}} {{.Status}} {{.TLSStatus}}' | sort")
                == "node-1 Ready Ready\nnode-2 Ready Ready")
        let root = try await manager.sh("docker node inspect -f '{{.Description.TLSInfo.TrustRoot}}' node-2")
        #expect(root.hasPrefix(new))
        #expect(try await manager.sh("docker info 2>/dev/null").contains("\n  Root Rotation In Progress: false\n"))
    }

    @Test(arguments: Orchestrator.underTest)
    func initWithAutolockTellsTheKey(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, hosts: 1)[1]
        let said = try await node.sh("docker swarm init --autolock")
        let key = try await node.sh("docker swarm unlock-key -q")
        #expect(said.contains("\n    \(key)\n\nPlease remember to store this key in a password manager"))
    }
}
