import Foundation
import Processes
import Testing

/// Services, secrets and configs as people and programs change them. None of the services has tasks, so that nothing else changes
/// meanwhile.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesServicesAPITests {
    private static let invalid = "rpc error: code = InvalidArgument desc = "

    /// Makes a service without tasks.
    @discardableResult
    private func create(_ name: String, _ options: String = "", on host: Host) async throws -> String {
        try await host.sh(
            "docker service create -d --quiet --no-resolve-image --replicas 0 --name \(name) \(options) busybox top")
    }

    private func inspect(_ service: String, _ format: String, on host: Host) async throws -> String {
        try await host.sh("docker service inspect -f '\(format)' \(service)")
    }

    @Test(arguments: Orchestrator.underTest)
    func servicesAreMadeFoundAndRemoved(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, managers: 1)[1]
        let id = try await create(
            "web", "--label tier=front --env A=b --limit-memory 64M --constraint node.role==worker", on: node)
        expect(id, matches: "[0-9a-z]{25}")
        let other = try await node.sh("docker service create -d --quiet --no-resolve-image --mode global-job --name job busybox")
        try await node.refuses(
            "docker service create -d --no-resolve-image --replicas 0 --name web busybox",
            "rpc error: code = AlreadyExists desc = name conflicts with an existing object: service web already exists")
        for (filter, names) in [
            ("name=we", "web"), ("id=\(id.prefix(7))", "web"), ("label=tier", "web"), ("label=tier=back", ""),
            ("mode=global-job", "job"), ("mode=replicated", "web"),
        ] {
            let found = try await node.sh("docker service ls --format '{{.Name}}' --filter \(filter)")
            #expect(found == names, "\(filter)")
        }
        try await node.refuses("docker service ls --filter foo=bar", "invalid filter 'foo'")
        #expect(
            try await node.sh("docker service ls --filter name=web --format '{{.ID}} {{.Mode}} {{.Replicas}} {{.Image}}'")
                == "\(id.prefix(12)) replicated 0/0 busybox:latest")
        #expect(try await inspect(String(id.prefix(9)), "{{.Spec.Name}}", on: node) == "web")
        #expect(try await inspect(other, "{{.JobStatus.JobIteration.Index}}", on: node) == "0")
        #expect(
            try await inspect(
                "web",
                "{{json .Spec.TaskTemplate.ContainerSpec.Env}} {{.Spec.TaskTemplate.Resources.Limits.MemoryBytes}} "
                    + "{{.Spec.TaskTemplate.Placement.Constraints}} {{.Spec.UpdateConfig.Parallelism}} "
                    + "{{.Spec.TaskTemplate.RestartPolicy.Delay}}", on: node)
                == #"["A=b"] 67108864 [node.role==worker] 1 5s"#)
        #expect(try await node.sh("docker service inspect --pretty web").contains("Service Mode:\tReplicated\n Replicas:\t0\n"))
        let unnamed = try await node.sh("docker service create -d --quiet --no-resolve-image --replicas 0 busybox")
        expect(try await inspect(unnamed, "{{.Spec.Name}}", on: node), matches: "[a-z]+_[a-z]+")
        #expect(try await node.sh("docker service rm web job") == "web\njob")
        try await node.fails("docker service inspect web >/dev/null", "Status: Error: no such service: web, Code: 1")
        try await node.refuses("docker service rm web", "service web not found")
        #expect(try await node.sh("docker service ls -q") == unnamed.prefix(12))
        // Its name and what it has had are free at once.
        try await create("web", on: node)
    }

    @Test(arguments: Orchestrator.underTest)
    func updatesAreMadeFromTheNewestVersionAndCanBeTakenBack(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, managers: 1)[1]
        try await create("web", "--env A=one", on: node)
        try await node.refuses(
            "docker service rollback -d web",
            "rpc error: code = FailedPrecondition desc = service \(try await inspect("web", "{{.ID}}", on: node)) does not have "
                + "a previous spec")
        #expect(try await node.sh("docker service update -d --quiet --no-resolve-image --env-add A=two web") == "web")
        let env = "{{.Spec.TaskTemplate.ContainerSpec.Env}} {{.PreviousSpec.TaskTemplate.ContainerSpec.Env}}"
        #expect(try await inspect("web", env, on: node) == "[A=two] [A=one]")
        #expect(try await node.sh("docker service rollback -d web") == "web")
        #expect(try await inspect("web", env, on: node) == "[A=one] [A=two]")
        let version = try await inspect("web", "{{.Version.Index}}", on: node)
        #expect(try await node.sh("docker service update -d --quiet --no-resolve-image --force web") == "web")
        #expect(try await inspect("web", "{{.Spec.TaskTemplate.ForceUpdate}}", on: node) == "1")
        let spec = try await node.ask("GET", "/services/web").text
        let body = try #require(
            spec.range(of: #""Spec":\{.*"#, options: .regularExpression).map { _ in
                #"{"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"busybox"}},"Mode":{"Replicated":{"Replicas":0}}}"#
            })
        let late = try await node.ask("POST", "/services/web/update?version=\(version)", body)
        #expect(late.status == 500 && late.text == "rpc error: code = Unknown desc = update out of sequence")
        for (path, body, status, text) in [
            ("/services/web/update", body, 400, "invalid service version ''"),
            ("/services/nope/update?version=1", body, 404, "service nope not found"),
            ("/services/create", "{}", 400, ""),
            (
                "/services/create", body.replacing(#""Image":"busybox""#, with: ""), 400,
                Self.invalid + "ContainerSpec: image reference must be provided"
            ),
            (
                "/services/create", body.replacing("Replicas\":0}", with: "Replicas\":0},\"Global\":{}"), 400,
                "must specify only one service mode"
            ),
        ] {
            let answer = try await node.ask("POST", path, body)
            #expect(answer.status == status && answer.text.hasPrefix(text), "\(path): \(answer)")
        }
        #expect(try await node.ask("GET", "/services?filters=%7B%22mode%22%3A%5B%22global%22%5D%7D").text.hasPrefix("[]"))
    }

    @Test(arguments: Orchestrator.underTest)
    func publishedPortsBelongToOneService(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, managers: 1)[1]
        let id = try await create("web", "--publish 8080:80 --publish 81", on: node)
        let ports = "{{range .Endpoint.Ports}}{{.TargetPort}}:{{.PublishedPort}} {{end}}"
        try await eventually("ports are given") { try await inspect("web", ports, on: node) != "" }
        let before = try await inspect("web", ports, on: node)
        expect(before, matches: "80:8080 81:3[0-2][0-9]{3} ?")
        let create = "docker service create -d --no-resolve-image --replicas 0"
        try await node.refuses(
            "\(create) --publish 8080:1 busybox",
            Self.invalid + "port '8080' is already in use by service 'web' (\(id)) as an ingress port")
        try await node.refuses(
            "\(create) --publish 8080:1 --publish 8080:2 busybox",
            Self.invalid + "EndpointSpec: duplicate published ports provided")
        try await node.refuses(
            "\(create) --endpoint-mode dnsrr --publish 1:1 busybox",
            Self.invalid + "EndpointSpec: port published with ingress mode can't be used with dnsrr mode")
        try await self.create("host", "--publish published=9090,target=1,mode=host", on: node)
        let host = try await inspect("host", "{{.ID}}", on: node)
        try await node.refuses(
            "\(create) --publish 9090:1 busybox",
            Self.invalid + "port '9090' is already in use by service 'host' (\(host)) as a host-published port")
        try await self.create("same", "--publish published=9090,target=1,mode=host", on: node)
        // What was chosen stays.
        try await node.sh("docker service update -d --quiet --no-resolve-image --env-add A=b web")
        try await eventually("the ports are the same") { try await inspect("web", ports, on: node) == before }
        try await node.sh("docker service rm web")
        try await eventually("the port is free") {
            try await node.attempt("\(create) --quiet --publish 8080:1 busybox").succeeded
        }
    }

    @Test(arguments: Orchestrator.underTest, ["secret", "config"])
    func secretsAndConfigs(_ orchestrator: Orchestrator, kind: String) async throws {
        let node = try await Cluster(orchestrator, managers: 1)[1]
        let id = try await node.sh("docker \(kind) create --label a=b one -", input: "hidden")
        expect(id, matches: "[0-9a-z]{25}")
        try await node.sh("docker \(kind) create two -", input: "hidden")
        let (status, text) = try await node.ask("GET", "/\(kind)s/one")
        #expect(status == 200 && text.contains("aGlkZGVu") == (kind == "config"), "\(text)")
        try await node.fails(
            "docker \(kind) create one -",
            "Error response from daemon: rpc error: code = AlreadyExists desc = \(kind) one already exists",
            input: "x")
        try await node.fails(
            "docker \(kind) create _x -",
            "Error response from daemon: \(Self.invalid)invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start "
                + "and end character must be [a-zA-Z0-9]", input: "x")
        let limit = kind == "secret" ? 512_000 : 1_024_000
        let size = "\(Self.invalid)\(kind) data must be larger than 0 and less than \(limit) bytes"
        try await node.refuses("head -c \(limit) /dev/zero | docker \(kind) create large -", size)
        try await node.refuses("docker \(kind) create empty /dev/null", size)
        try await node.sh("head -c \(limit - 1) /dev/urandom | docker \(kind) create large -")
        for (filter, names) in [("name=o", "one"), ("id=\(id.prefix(8))", "one"), ("label=a=b", "one"), ("label=b", "")] {
            #expect(try await node.sh("docker \(kind) ls --format '{{.Name}}' --filter \(filter)") == names, "\(filter)")
        }
        try await node.refuses("docker \(kind) ls --filter foo=bar", "invalid filter 'foo'")
        let version = try await node.sh("docker \(kind) inspect -f '{{.Version.Index}}' one")
        let update = "/\(kind)s/one/update?version="
        let other = try await node.ask("POST", "\(update)\(version)", #"{"Name":"one","Data":"eA=="}"#)
        #expect(other.status == 400 && other.text == Self.invalid + "only updates to Labels are allowed", "\(other)")
        #expect(try await node.ask("POST", "\(update)\(version)", #"{"Name":"one","Labels":{"c":"d"}}"#).status == 200)
        #expect(try await node.sh("docker \(kind) inspect -f '{{.Spec.Labels}}' one") == "map[c:d]")
        let late = try await node.ask("POST", "\(update)\(version)", #"{"Name":"one"}"#)
        #expect(late.status == 500 && late.text == "rpc error: code = Unknown desc = update out of sequence", "\(late)")
        #expect(try await node.ask("POST", "\(update)x", "{}").text == "invalid \(kind) version")

        try await create("web", "--\(kind) one --\(kind) source=two,target=/t", on: node)
        try await create("web2", "--\(kind) one", on: node)
        try await node.refuses(
            "docker \(kind) rm two", Self.invalid + "\(kind) 'two' is in use by the following service: web")
        let used = try await node.attempt("docker \(kind) rm one")
        #expect(used.errorText.contains("\(kind) 'one' is in use by the following services: web"), "\(used.errorText)")
        try await node.sh("docker service rm web2 && docker service update -d --quiet --no-resolve-image --\(kind)-rm one web")
        #expect(try await node.sh("docker \(kind) rm one") == "one")
        try await node.refuses("docker \(kind) rm one", "\(kind) one not found")
        #expect(try await node.ask("DELETE", "/\(kind)s/large").status == 204)
    }

    @Test(arguments: Orchestrator.underTest)
    func whatHappensToServicesIsAnEvent(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, managers: 1)[1]
        let since = try await node.sh("date +%s.%N")
        try await create("web", on: node)
        // Swarm mode tells of changes one after the other only if it has time to.
        try await Task.sleep(for: .milliseconds(500))
        try await node.sh("docker service update -d --quiet --no-resolve-image --image busybox:2 web")
        try await Task.sleep(for: .milliseconds(500))
        try await node.sh("docker secret create s -", input: "x")
        try await node.sh("docker secret rm s")
        try await node.sh("docker service rm web")
        let events = try await node.sh(
            """
            docker events --since \(since) --until $(date -d '+1 second' +%s) --filter scope=swarm \
            --format '{{.Type}} {{.Action}} {{json .Actor.Attributes}}'
            """
        ).split(separator: "\n").map(String.init)
        for expected in [
            #"service create {"name":"web"}"#,
            #"service update {"image.new":"busybox:2","image.old":"busybox:latest","name":"web"}"#,
            #"secret create {"name":"s"}"#, #"secret remove {"name":"s"}"#, #"service remove {"name":"web"}"#,
        ] {
            #expect(events.contains(expected), "\(expected): \(events.joined(separator: "\n"))")
        }
    }

    @Test(arguments: Orchestrator.underTest)
    func everyManagerAnswersAndWorkersDoNot(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 2, workers: 1)
        let id = try await create("web", on: cluster[2])
        #expect(try await cluster[1].sh("docker service ls -q") == id.prefix(12))
        #expect(try await inspect("web", "{{.ID}}", on: cluster[1]) == id)
        for collection in ["services", "tasks", "secrets", "configs"] {
            let answer = try await cluster[3].ask("GET", "/\(collection)")
            #expect(answer.status == 503 && answer.text.hasPrefix("This node is not a swarm manager. Worker nodes"), "\(answer)")
        }
        // Those who take the same name or the same port at the same moment: one of them gets it.
        async let first = cluster[1].attempt(
            "docker service create -d --no-resolve-image --replicas 0 --name x --publish 7000:1 busybox")
        async let second = cluster[2].attempt(
            "docker service create -d --no-resolve-image --replicas 0 --name x --publish 7000:1 busybox")
        let results = try await [first, second]
        #expect(results.filter(\.succeeded).count == 1, "\(results.map(\.errorText))")
    }

    @Test(arguments: Orchestrator.underTest)
    func aStackIsDeployedAgainWithoutChangeAndRemoved(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, managers: 1)[1]
        let file = """
            version: "3.8"
            services:
              web: {image: busybox, networks: [local], deploy: {replicas: 0}, configs: [data], secrets: [data], environment: {A: b}}
            networks: {local: {external: true, name: host}}
            configs: {data: {file: /etc/hostname}}
            secrets: {data: {file: /etc/hostname}}
            """
        func deploy() async throws -> String {
            try await node.sh("docker stack deploy --detach=true --resolve-image never -c - st", input: file)
        }
        #expect(try await deploy().hasSuffix("Creating secret st_data\nCreating config st_data\nCreating service st_web"))
        #expect(try await node.sh("docker stack services --format '{{.Name}} {{.Replicas}}' st") == "st_web 0/0")
        #expect(try await node.sh("docker stack ls --format '{{.Name}} {{.Services}}'") == "st 1")
        let template = "{{json .Spec.TaskTemplate}}"
        let before = try await inspect("st_web", template, on: node)
        let id = try await inspect("st_web", "{{.ID}}", on: node)
        #expect(try await deploy().hasSuffix("Updating service st_web (id: \(id))"))
        #expect(try await inspect("st_web", template, on: node) == before)
        let text = try await node.sh("docker stack rm st 2>&1")
        for line in ["Removing service st_web", "Removing secret st_data", "Removing config st_data"] {
            #expect(text.contains(line), "\(text)")
        }
        #expect(try await node.sh("docker service ls -q; docker secret ls -q; docker config ls -q") == "")

        // The same network by an option.
        try await create("host", "--network host", on: node)
        #expect(try await node.sh("docker service inspect --pretty host").contains("\nNetworks: host"))
        try await node.refuses(
            "docker service create -d --no-resolve-image --replicas 0 --network nope busybox", "network nope not found")
    }

    @Test(arguments: Orchestrator.underTest)
    func programsInPythonAreAtHome(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, managers: 1)[1]
        let program = """
            import time
            secret = client.secrets.create(name="s", data=b"hidden", labels={"a": "b"})
            assert client.secrets.get(secret.id).name == "s"
            assert [s.id for s in client.secrets.list(filters={"name": "s"})] == [secret.id]
            config = client.configs.create(name="c", data=b"open")
            service = client.services.create(
                "busybox", ["top"], name="web", env=["A=b"], labels={"x": "y"}, mode=docker.types.ServiceMode("replicated", 0),
                restart_policy=docker.types.RestartPolicy("on-failure", delay=1000000, max_attempts=3),
                endpoint_spec=docker.types.EndpointSpec(ports={8080: (80, "tcp", "host")}),
                update_config=docker.types.UpdateConfig(parallelism=0, failure_action="rollback"),
                resources=docker.types.Resources(mem_limit=67108864), constraints=["node.role==manager"],
                secrets=[docker.types.SecretReference(secret.id, "s")], configs=[docker.types.ConfigReference(config.id, "c")])
            service.reload()
            assert service.name == "web" and service.attrs["Spec"]["Labels"] == {"x": "y"}, service.attrs
            assert service.attrs["Spec"]["UpdateConfig"]["Parallelism"] == 0, service.attrs
            # Swarm mode gives ports out a little later.
            for attempt in range(50):
                if "Ports" in service.attrs["Endpoint"]:
                    break
                time.sleep(0.1)
                service.reload()
            assert service.attrs["Endpoint"]["Ports"][0]["PublishedPort"] == 8080, service.attrs
            assert service.tasks() == []
            assert [s.name for s in client.services.list(filters={"name": "we"})] == ["web"]
            try:
                secret.remove()
                raise AssertionError("a secret in use was removed")
            except docker.errors.APIError as error:
                assert error.status_code == 400, error
            service.update(image="busybox:2", secrets=[], configs=[], fetch_current_spec=True)
            service.reload()
            spec = service.attrs["Spec"]["TaskTemplate"]
            assert spec["ContainerSpec"]["Image"] == "busybox:2", spec
            assert service.attrs["PreviousSpec"]["TaskTemplate"]["ContainerSpec"]["Image"] == "busybox"
            old = service.version - 1
            try:
                client.api.update_service(service.id, old, task_template=spec, name="web")
                raise AssertionError("an old version was taken")
            except docker.errors.APIError as error:
                assert "update out of sequence" in str(error), error
            service.scale(0)
            service.remove()
            try:
                client.services.get("web")
                raise AssertionError("a removed service is there")
            except docker.errors.NotFound:
                pass
            try:
                client.services.create("busybox", name="a b")
                raise AssertionError("a bad name was taken")
            except docker.errors.APIError as error:
                assert error.status_code == 400, error
            client.secrets.get("s").remove()
            config.remove()
            assert client.secrets.list() == [] and client.configs.list() == [] and client.services.list() == []
            """
        try await node.python(program)
    }
}
