import Foundation
import Processes
import Testing

/// Networks of the swarm as people and programs make and find them, and the addresses that are given out in them.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesNetworkAPITests {
    private func names(_ options: String = "", on host: Host) async throws -> [String] {
        try await host.sh("docker network ls --format '{{.Name}}' \(options)").split(separator: "\n").map(String.init)
    }

    @Test(arguments: Orchestrator.underTest)
    func networksAreMadeFoundAndRemoved(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, hosts: 1)
        let node = cluster[1]
        try await node.refuses(
            "docker network create -d overlay early",
            #"This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again."#
        )
        try await node.sh("docker swarm init")
        try await eventually("the swarm has its mesh") { try await names(on: node).contains("ingress") }
        #expect(
            try await node.sh(
                "docker network inspect -f '{{.Scope}} {{.Driver}} {{.Ingress}} {{json .IPAM.Config}} {{.Options}}' ingress")
                == #"swarm overlay true [{"Subnet":"10.0.0.0/24","Gateway":"10.0.0.1"}] map[com.docker.network.driver.overlay.vxlanid_list:4096]"#
        )
        let front = try await node.sh("docker network create -d overlay front")
        expect(front, matches: "[0-9a-z]{25}")
        try await node.sh(
            "docker network create -d overlay --subnet 10.9.0.0/16 --gateway 10.9.0.9 --ip-range 10.9.4.0/24 --label a=b "
                + "--attachable --internal wide")
        try await node.sh("docker network create mine")
        func shows(_ network: String, _ format: String, _ text: String) async throws {
            #expect(try await node.sh("docker network inspect -f '\(format)' \(network)") == text)
        }
        // Swarm mode gives out addresses a moment after the network is made.
        try await eventually("addresses are given out") {
            try await node.sh("docker network inspect -f '{{len .IPAM.Config}}' front") == "1"
        }
        try await shows("front", "{{json .IPAM.Config}}", #"[{"Subnet":"10.0.1.0/24","Gateway":"10.0.1.1"}]"#)
        try await shows(String(front.prefix(7)), "{{.Name}} {{.Created.Year}} {{.Labels}}", "front 2026 map[]")
        try await shows(
            "wide", "{{json .IPAM.Config}}", #"[{"Subnet":"10.9.0.0/16","IPRange":"10.9.4.0/24","Gateway":"10.9.0.9"}]"#)
        try await shows(
            "wide", "{{.Attachable}} {{.Internal}} {{.Labels}} {{.Options}}",
            "true true map[a:b] map[com.docker.network.driver.overlay.vxlanid_list:4098]")
        for (filter, expected) in [
            ("scope=swarm", ["front", "ingress", "wide"]), ("scope=local", ["bridge", "host", "mine", "none"]),
            ("driver=overlay", ["front", "ingress", "wide"]), ("name=fro", ["front"]), ("id=\(front)", ["front"]),
            ("label=a=b", ["wide"]), ("type=builtin", ["bridge", "host", "none"]),
        ] {
            let found = try await names("--filter \(filter)", on: node).filter { $0 != "docker_gwbridge" }
            #expect(found == expected, "\(filter)")
        }
        for (command, text) in [
            ("network create -d overlay front", "network with name front already exists"),
            ("network create front", "network with name front already exists"),
            ("network create -d overlay mine", "network with name mine already exists"),
            (
                "network create -d overlay 'a b'",
                "rpc error: code = InvalidArgument desc = name must be valid as a DNS name component"
            ),
            (
                "network create -d overlay --ingress --attachable x",
                "rpc error: code = InvalidArgument desc = ingress network cannot be attachable"
            ),
            ("network create -d bridge --ingress x", "Ingress network can only be global scope network"),
            (
                "network create -d overlay --subnet 10.9.1.5/24 x",
                "invalid network config:\ninvalid subnet 10.9.1.5/24: it should be 10.9.1.0/24"
            ),
            ("network inspect nope >/dev/null", "network nope not found"),
        ] { try await node.refuses("docker \(command)", text) }
        let pruned = try await node.sh("docker network prune -f").split(separator: "\n")
        #expect(pruned.first == "Deleted Networks:" && Set(pruned.dropFirst()) == ["front", "wide", "mine"])
        #expect(try await names("--filter scope=swarm", on: node) == ["ingress"])
    }

    @Test(arguments: Orchestrator.underTest)
    func networksInUseStayAndGoWithWhatUsesThem(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, managers: 1)[1]
        let front = try await node.sh("docker network create -d overlay front")
        let create = "docker service create -d --quiet --no-resolve-image --replicas 0"
        let web = try await node.sh("\(create) --name web --network name=front,alias=www busybox top")
        #expect(
            try await node.sh("docker service inspect -f '{{json .Spec.TaskTemplate.Networks}}' web")
                == #"[{"Target":"\#(front)","Aliases":["www"]}]"#)
        let used = "rpc error: code = FailedPrecondition desc = network \(front) is in use by service \(web)"
        try await node.refuses("docker network rm front", used)
        for (options, text) in [
            ("--network nope", "network nope not found"), ("--network none", "network none not found"),
            (
                "--network ingress",
                "rpc error: code = InvalidArgument desc = Service cannot be explicitly attached to the ingress network \"ingress\""
            ),
        ] { try await node.refuses("\(create) --name x \(options) busybox top", text) }
        try await node.sh("docker network create mine")
        let local = try await node.ask(
            "POST", "/services/create",
            #"{"Name":"x","TaskTemplate":{"ContainerSpec":{"Image":"busybox"},"Networks":[{"Target":"mine"}]}}"#)
        #expect(
            local.status == 403
                && local.text
                    == "The network mine cannot be used with services. Only networks scoped to the swarm can be used, such as those created with the overlay driver."
        )
        // A virtual address in each network, and none where nobody is to have one.
        func addresses() async throws -> String {
            try await node.sh("docker service inspect -f '{{range .Endpoint.VirtualIPs}}{{.Addr}},{{end}}' web")
        }
        try await eventually("the service has an address") { try await addresses() == "10.0.1.2/24," }
        try await node.sh("docker service update -d --quiet --network-rm front web")
        try await eventually("the address has come back") { try await addresses() == "" }
        try await node.sh("docker network rm front")
        try await node.refuses("docker network rm front", "network front not found")
        let mesh = try await node.sh("\(create) --name mesh -p 8080:80 busybox top")
        let removal = try await node.ask("DELETE", "/networks/ingress")
        #expect(
            removal.status == 400
                && removal.text
                    == "rpc error: code = FailedPrecondition desc = ingress network cannot be removed because service \(mesh) depends on it"
        )
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func tasksGetAddressesAndSaySoWhereNoneIsLeft(_ orchestrator: Orchestrator) async throws {
        try await Host.bed(["registry-up"])
        let cluster = try await Cluster(orchestrator, managers: 1, workers: 1)
        let node = cluster[1]
        try await node.sh("docker network create -d overlay --subnet 10.9.0.0/29 tiny")
        try await node.sh("docker service create -d --quiet --name web --replicas 4 --network tiny -p 8080:80 busybox sleep 1000")
        func tasks(_ format: String) async throws -> [String] {
            try await node.sh("docker service ps --no-trunc --format '\(format)' web").split(separator: "\n").map(String.init)
        }
        // Of six addresses one is the gateway's, one the service's, and each node has one of its own.
        try await eventually("two of four run") {
            try await tasks("{{.CurrentState}}").count { $0.hasPrefix("Running") } == 2
        }
        #expect(
            try await tasks("{{.CurrentState}} {{.Error}}").count {
                $0.hasPrefix("Pending") && $0.contains("could not find an available IP in network tiny (10.9.0.0/29)")
            } == 2)
        let running = "docker inspect $(docker service ps -q -f desired-state=running web) "
        let format = "{{range .NetworksAttachments}}{{.Network.Spec.Name}}={{index .Addresses 0}} {{end}}"
        let attached = try await node.sh(running + "-f '\(format)'").split(separator: "\n").map(String.init)
        #expect(attached.count { $0.contains("tiny=10.9.0.") && $0.contains("ingress=10.0.0.") } == 2, "\(attached)")
        let verbose = try await node.sh("docker network inspect -v -f '{{len .Peers}} {{(index .Services \"web\").VIP}}' tiny")
        #expect(verbose == "2 10.9.0.2")
        // A worker makes no networks.
        try await cluster[2].refuses(
            "docker network create -d overlay x",
            "Cannot create a multi-host network from a worker node. Please create the network from a manager node.")
        // What has ended gives its address to what waits.
        try await node.sh("docker service scale -d web=2")
        try await eventually("nobody waits any more") {
            try await tasks("{{.DesiredState}} {{.CurrentState}}").filter { $0.hasPrefix("Running") }
                .allSatisfy { $0.hasPrefix("Running Running") }
        }
        try await node.sh("docker service rm web")
        try await node.sh("docker network rm tiny")
    }
    /// The kernel that tests run on may have no WireGuard: then nothing goes out unencrypted, and nothing else is in trouble.
    @Test(arguments: Orchestrator.swarmdOnly)
    func whereNothingCanBeEncryptedTasksSaySo(_ orchestrator: Orchestrator) async throws {
        try await Host.bed(["registry-up"])
        let node = try await Cluster(orchestrator, managers: 1)[1]
        try await node.sh("docker network create -d overlay --attachable --opt encrypted secret")
        #expect(
            try await node.sh("docker network inspect -f '{{json .Options}}' secret")
                == #"{"com.docker.network.driver.overlay.vxlanid_list":"4097","encrypted":""}"#)
        let file = """
            version: "3.8"
            services: {idle: {image: busybox, command: sleep 1000, networks: [back], deploy: {restart_policy: {condition: none}}}}
            networks: {back: {driver: overlay, driver_opts: {encrypted: ""}}}
            """
        try await node.sh("docker stack deploy --detach=true --resolve-image never -c - demo", input: file)
        #expect(
            try await node.sh("docker network inspect -f '{{index .Options \"encrypted\"}}.' demo_back") == ".")
        let hasWireGuard = try await node.sh(
            "ip link add name probe type wireguard 2>/dev/null && ip link del probe && echo yes || echo no")
        guard hasWireGuard == "no" else { return }

        try await node.sh("docker network create -d overlay open")
        let create = "docker service create -d --quiet --no-resolve-image --restart-condition none"
        try await node.sh("\(create) --name hidden --network secret --network open busybox sleep 1000")
        try await node.sh("\(create) --name seen --network open busybox sleep 1000")
        func tasks(_ service: String) async throws -> String {
            try await node.sh("docker service ps --no-trunc --format '{{.CurrentState}} {{.Error}}' \(service)")
        }
        try await eventually("the task says why") {
            let text = try await tasks("hidden")
            return text.hasPrefix("Rejected ")
                && text.contains("the network secret is encrypted, and this node's kernel has no WireGuard")
        }
        try await eventually("the stack's says the same") {
            try await tasks("demo_idle").contains("the network demo_back is encrypted, and this node's kernel has no WireGuard")
        }
        try await eventually("what is not encrypted runs") { try await tasks("seen").hasPrefix("Running ") }
        let plain = try await node.attempt("docker run --rm --network secret busybox true")
        #expect(
            plain.errorText.contains(
                "Could not attach to network secret: the network secret is encrypted, and this node's kernel has no WireGuard"),
            "\(plain.errorText)")
        try await node.sh("docker service rm hidden seen demo_idle")
        try await eventually("the networks go") {
            _ = try await node.attempt("docker network rm secret open demo_back")
            return try await names("--filter driver=overlay", on: node) == ["ingress"]
        }
    }
}
