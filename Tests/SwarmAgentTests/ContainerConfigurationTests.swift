import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmTemplates
import Testing

@testable import SwarmAgent

@Suite("The container of a task")
struct ContainerConfigurationTests {
    private static let node = NodeFacts(id: WorkerBed.node, hostname: "host-1", architecture: "x86_64", system: "linux")

    private static func json(_ task: TaskRecord) throws -> JSON {
        try JSONDecoder().decode(JSON.self, from: try JSONEncoder().encode(try ContainerConfiguration(task, on: node)))
    }

    private static func json(_ text: String) throws -> JSON { try JSONDecoder().decode(JSON.self, from: Data(text.utf8)) }

    private static let labels = """
        "com.docker.swarm.task": "", "com.docker.swarm.task.id": "aaaaaaaaaaaaaaaaaaaaaaaaa",
        "com.docker.swarm.task.name": "web.1.aaaaaaaaaaaaaaaaaaaaaaaaa",
        "com.docker.swarm.node.id": "nnnnnnnnnnnnnnnnnnnnnnnnn",
        "com.docker.swarm.service.id": "sssssssssssssssssssssssss", "com.docker.swarm.service.name": "web"
        """

    @Test("what a spec does not say is left to the engine")
    func least() throws {
        let expected = try Self.json(#"{"Image": "busybox", "Labels": {\#(Self.labels)}, "HostConfig": {}}"#)
        #expect(try Self.json(.sample()) == expected)
    }

    @Test("all that a spec can say gets to the engine")
    func everything() throws {
        var task = TaskRecord.sample {
            $0.labels = ["own": "1", "com.docker.swarm.task.id": "mine"]
            $0.command = ["/entry"]
            $0.arguments = ["-v", "x"]
            $0.hostname = "web-{{.Task.Slot}}"
            $0.environment = ["A=1", "NODE={{.Node.Hostname}}"]
            $0.directory = "/srv"
            $0.user = "1000:1000"
            $0.groups = ["audio"]
            $0.privileges = ContainerSpec.Privileges(
                seLinux: ContainerSpec.SELinux(user: "u", kind: "t"),
                seccomp: ContainerSpec.Seccomp(mode: "custom", profile: Data("{}".utf8).base64EncodedString()),
                appArmor: ContainerSpec.AppArmor(mode: "disabled"), noNewPrivileges: true)
            $0.usesInit = true
            $0.stopSignal = "SIGQUIT"
            $0.tty = true
            $0.openStdin = true
            $0.readOnly = true
            $0.mounts = [
                Mount(kind: "bind", source: "/", target: "/host", readOnly: true, bind: Mount.Bind(propagation: "rslave")),
                Mount(
                    kind: "volume", source: "data-{{.Task.Slot}}", target: "/data",
                    volume: Mount.Volume(
                        noCopy: true, labels: ["of": "{{.Service.Name}}"],
                        driver: LogDriver(name: "local", options: ["o": "{{.Node.ID}}"]))),
                Mount(kind: "tmpfs", target: "/t", tmpfs: Mount.Tmpfs(sizeBytes: 1024, mode: 0o1777)),
            ]
            $0.stopGracePeriod = 1_500_000_000
            $0.healthcheck = Healthcheck(test: ["CMD", "true"], interval: 1_000_000_000, retries: 2)
            $0.hosts = ["10.0.0.1 a b", "::1 c"]
            $0.dns = ContainerSpec.DNSConfig(nameservers: ["1.1.1.1"], search: ["example.org"], options: ["ndots:1"])
            $0.isolation = "default"
            $0.sysctls = ["net.core.somaxconn": "1024"]
            $0.capabilityAdd = ["CAP_NET_ADMIN"]
            $0.capabilityDrop = ["ALL"]
            $0.ulimits = [ContainerSpec.Ulimit(name: "nofile", hard: 20, soft: 10)]
            $0.oomScoreAdjustment = 7
        }
        task.spec.resources = ResourceRequirements(
            limits: ResourceRequirements.Limits(nanoCPUs: 500_000_000, memoryBytes: 64 << 20, pids: 9),
            reservations: ResourceRequirements.Reservations(memoryBytes: 32 << 20))
        task.spec.logDriver = LogDriver(name: "local", options: ["max-size": "1m"])
        task.generic = [
            GenericResource(named: GenericResource.Named(kind: "gpu", value: "u1")),
            GenericResource(named: GenericResource.Named(kind: "gpu", value: "u2")),
            GenericResource(discrete: GenericResource.Discrete(kind: "ssd", value: 3)),
        ]
        task.endpoint = EndpointSpec(ports: [
            PortConfig(transport: "tcp", target: 80, published: 8080, publishMode: "host"),
            PortConfig(transport: "udp", target: 53, publishMode: "host"),
            PortConfig(transport: "tcp", target: 443, published: 8443, publishMode: "ingress"),
        ])
        let expected = try Self.json(
            #"""
            {
              "Image": "busybox", "Labels": {"own": "1", \#(Self.labels)}, "Entrypoint": ["/entry"], "Cmd": ["-v", "x"],
              "Hostname": "web-1", "WorkingDir": "/srv", "User": "1000:1000", "StopSignal": "SIGQUIT", "StopTimeout": 2,
              "Env": ["A=1", "NODE=host-1", "DOCKER_RESOURCE_GPU=u1,u2", "DOCKER_RESOURCE_SSD=3"],
              "Tty": true, "OpenStdin": true, "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
              "Healthcheck": {"Test": ["CMD", "true"], "Interval": 1000000000, "Retries": 2},
              "HostConfig": {
                "GroupAdd": ["audio"], "Init": true, "ReadonlyRootfs": true, "Isolation": "default", "OomScoreAdj": 7,
                "SecurityOpt": ["label=user:u", "label=type:t", "seccomp={}", "apparmor=unconfined", "no-new-privileges=true"],
                "Mounts": [
                  {"Type": "bind", "Source": "/", "Target": "/host", "ReadOnly": true, "BindOptions": {"Propagation": "rslave"}},
                  {"Type": "volume", "Source": "data-1", "Target": "/data", "VolumeOptions": {
                    "NoCopy": true, "Labels": {"of": "web"},
                    "DriverConfig": {"Name": "local", "Options": {"o": "nnnnnnnnnnnnnnnnnnnnnnnnn"}}}},
                  {"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 1024, "Mode": 1023}}
                ],
                "ExtraHosts": ["a:10.0.0.1", "b:10.0.0.1", "c:::1"], "Dns": ["1.1.1.1"], "DnsSearch": ["example.org"],
                "DnsOptions": ["ndots:1"], "Sysctls": {"net.core.somaxconn": "1024"}, "CapAdd": ["CAP_NET_ADMIN"],
                "CapDrop": ["ALL"], "Ulimits": [{"Name": "nofile", "Hard": 20, "Soft": 10}], "NanoCpus": 500000000,
                "Memory": 67108864, "MemoryReservation": 33554432, "PidsLimit": 9,
                "LogConfig": {"Type": "local", "Config": {"max-size": "1m"}},
                "PortBindings": {"80/tcp": [{"HostPort": "8080"}], "53/udp": [{"HostPort": ""}]}
              }
            }
            """#)
        #expect(try Self.json(task) == expected)
    }

    @Test("a network that every engine has is the container's own", arguments: ["host", "none", "bridge"])
    func predefined(network: String) throws {
        var task = TaskRecord.sample()
        task.spec.networks = [NetworkAttachmentConfig(target: network)]
        #expect(try ContainerConfiguration(task, on: Self.node).host.networkMode == network)
    }

    @Test("of a global service the node stands for the slot")
    func global() throws {
        var task = TaskRecord.sample { $0.hostname = "{{.Task.Slot}}" }
        task.slot = nil
        #expect(try ContainerConfiguration(task, on: Self.node).hostname == WorkerBed.node)
        #expect(task.name == "web.\(WorkerBed.node).\(task.id)")
    }

    @Test(
        "templates know the service, the node and the task",
        arguments: [
            ("{{.Service.ID}} {{.Service.Name}} {{index .Service.Labels \"tier\"}}", "sssssssssssssssssssssssss web front"),
            ("{{.Service.Labels.tier}}", "front"), ("{{.Node.Platform.OS}}/{{.Node.Platform.Architecture}}", "linux/x86_64"),
            ("{{join \"-\" .Service.Name .Task.Slot}}", "web-1"),
            ("{{if eq .Task.Slot \"1\"}}first{{else}}later{{end}}", "first"),
            ("plain } text", "plain } text"),
        ])
    func templates(text: String, expected: String) throws {
        #expect(try TaskTemplates(.sample(), on: Self.node).expand(text, of: "env") == expected)
    }

    @Test(
        "a wrong template is said to be so",
        arguments: [
            (
                "{{.Nope}}",
                #"expanding env failed: expanding env "A={{.Nope}}": template: expansion:1:2: executing "expansion" at <.Nope>: can't evaluate field Nope in type *template.Context"#
            ),
            (
                "{{.Service.Labels.nope}}",
                #"expanding env failed: expanding env "A={{.Service.Labels.nope}}": template: expansion:1:10: executing "expansion" at <.Service.Labels.nope>: map has no entry for key "nope""#
            ),
            ("{{", #"expanding env failed: expanding env "A={{": template: expansion:1: unclosed action"#),
        ])
    func wrongTemplates(text: String, error: String) {
        let task = TaskRecord.sample { $0.environment = ["A=" + text] }
        let shown = #expect(throws: InvalidTask.self) { try ContainerConfiguration(task, on: Self.node) }
        #expect(shown?.description == error)
    }

    @Test(
        "mounts that cannot be are refused",
        arguments: [
            (Mount(kind: "bind", source: "a", target: "/b"), "invalid bind mount source, must be an absolute path: a"),
            (Mount(kind: "volume", source: "/a", target: "/b"), "invalid volume mount source, must not be an absolute path: /a"),
            (Mount(kind: "tmpfs", source: "a", target: "/b"), "invalid tmpfs source, source must be empty"),
            (Mount(kind: "bind", source: "/a", target: "b"), "invalid mount target, must be an absolute path: b"),
        ])
    func mounts(mount: Mount, error: String) {
        let task = TaskRecord.sample { $0.mounts = [mount] }
        let shown = #expect(throws: InvalidTask.self) { try ContainerConfiguration(task, on: Self.node) }
        #expect(shown?.description == error)
    }
}
