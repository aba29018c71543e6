import Foundation
import Processes
import Testing

/// Plain containers in networks of the swarm, and what nodes that are no managers see of these networks.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesAttachableTests {
    private static let address = "docker inspect -f '{{(index .NetworkSettings.Networks \"open\").IPAddress}}'"

    @Test(arguments: Orchestrator.swarmdOnly)
    func containersComeAndGoOnManagersAndWorkers(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 1)
        let (manager, worker) = (cluster[1], cluster[2])
        let open = try await manager.sh("docker network create -d overlay --attachable --subnet 10.9.0.0/24 open")
        try await manager.sh("docker network create -d overlay closed")
        for node in [manager, worker] {
            try await node.sh("docker pull -q busybox")
            try await node.refuses(
                "docker create --network closed busybox",
                "Could not attach to network closed: rpc error: code = PermissionDenied desc = network closed not manually attachable"
            )
            let unknown = try await node.attempt("docker run --rm --network nope busybox true")
            #expect(unknown.errorText.contains("network nope not found"), "\(unknown.errorText)")
        }
        // On a worker that knows nothing of the network yet.
        #expect(try await worker.sh("docker network ls -q --filter name=open") == "")
        try await worker.sh("docker run -d --name first --network open --network-alias db busybox sleep 1000")
        let own = try await worker.sh("\(Self.address) first")
        expect(own, matches: #"10\.9\.0\.\d+"#)
        #expect(
            try await worker.sh("docker network ls --no-trunc --filter name=open --format '{{.ID}} {{.Driver}} {{.Scope}}'")
                == "\(open) overlay swarm")
        #expect(
            try await worker.sh(
                "docker network inspect -f '{{.Id}} {{.Attachable}} {{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}' open")
                == "\(open) true first \(own)/24")
        #expect(try await worker.sh("docker network inspect -v -f '{{len .Peers}} {{.Services}}' open") == "1 map[]")
        try await worker.refuses(
            "docker network rm open",
            "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager."
        )
        // The address that is asked for, or none.
        try await manager.sh("docker run -d --name second --network open --ip 10.9.0.77 busybox sleep 1000")
        #expect(try await manager.sh("\(Self.address) second") == "10.9.0.77")
        #expect(
            try await manager.sh("docker inspect -f '{{(index .NetworkSettings.Networks \"open\").MacAddress}}' second")
                == "02:42:0a:09:00:4d")
        for (ip, text) in [
            (own, "Address already in use: somebody has \(own) in network open"),
            ("10.8.0.1", "invalid address 10.8.0.1: it is none of a host in the subnet 10.9.0.0/24 of network open"),
        ] {
            try await manager.refuses(
                "docker create --network open --ip \(ip) busybox",
                "Could not attach to network open: rpc error: code = FailedPrecondition desc = \(text)")
        }
        // They reach each other by their names.
        try await eventually("one container answers another") {
            try await manager.attempt("docker exec second ping -c 1 -W 1 db").succeeded
        }
        // Pruning touches nothing of the swarm's that is in use, nor what stands for it.
        for node in [manager, worker] {
            try await node.sh("docker network prune -f")
            #expect(try await node.sh("docker network ls -q --filter name=open").isEmpty == false)
        }
        try await manager.sh("docker restart -t 0 second")
        #expect(try await manager.sh("\(Self.address) second") == "10.9.0.77")
        #expect(try await manager.sh("docker node ps -q self; docker service ls -q") == "")
        // In use until the last has left.
        let removal = try await manager.attempt("docker network rm open")
        expect(
            removal.errorText.trimmingCharacters(in: .whitespacesAndNewlines),
            matches:
                "Error response from daemon: rpc error: code = FailedPrecondition desc = network \(open) is in use by task [0-9a-z]{25}"
        )
        try await manager.sh("docker rm -f second && docker create --name third --network open --ip 10.9.0.77 busybox")
        try await manager.sh("docker rm third")
        try await worker.sh("docker network disconnect open first")
        #expect(try await worker.sh("docker inspect -f '{{len .NetworkSettings.Networks}}' first") == "0")
        try await worker.sh("docker network connect --ip 10.9.0.88 open first")
        #expect(try await worker.sh("\(Self.address) first") == "10.9.0.88")
        try await worker.sh("docker rm -f first")
        try await eventually("the network is not in use") { try await manager.attempt("docker network rm open").succeeded }
        for node in [manager, worker] {
            try await eventually("nothing is left of it") { try await node.sh("docker network ls -q --filter name=open") == "" }
        }
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func addressesComeBackWhateverHasHappened(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 1)
        let (manager, worker) = (cluster[1], cluster[2])
        try await manager.sh("docker network create -d overlay --attachable --subnet 10.9.0.0/24 open")
        try await worker.sh("docker pull -q busybox")
        for number in 1...2 {
            try await worker.sh(
                "docker run -d --name c\(number) --restart always --network open --ip 10.9.0.7\(number) busybox sleep 1000")
        }
        // The host loses its power: what is to run runs again where it was.
        try await cluster.powerOff([worker])
        try await cluster.powerOn([worker])
        try await eventually("the containers run again") {
            try await worker.sh("\(Self.address) c1 c2") == "10.9.0.71\n10.9.0.72"
        }
        // Behind swarmd's back.
        try await worker.sh("docker -H unix:///run/swarmd/engine.sock rm -f c1")
        func isFree(_ address: String) async throws -> Bool {
            try await manager.attempt("docker create --name probe --network open --ip \(address) busybox && docker rm probe")
                .succeeded
        }
        try await manager.sh("docker pull -q busybox")
        try await eventually("an address has come back") { try await isFree("10.9.0.71") }
        #expect(try await !isFree("10.9.0.72"))
        // A node that leaves takes its containers out of the network.
        try await worker.sh("docker swarm leave")
        try await eventually("the other has come back") { try await isFree("10.9.0.72") }
        #expect(try await worker.sh("docker inspect -f '{{len .NetworkSettings.Networks}}' c2") == "0")
        #expect(try await worker.sh("docker network ls -q --filter name=open") == "")
    }
}
