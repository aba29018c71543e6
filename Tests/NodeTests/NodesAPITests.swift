import Testing

/// The Engine API itself, where the `docker` command would not go.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesAPITests {
    @Test(arguments: Orchestrator.underTest)
    func badRequestsAreRefusedAsTheEngineDoes(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 1)
        let node = cluster[1]
        let outdated = "rpc error: code = Unknown desc = update out of sequence"
        let spec = #"{"Role":"manager","Availability":"active"}"#
        func notANumber(_ text: String) -> String { #"'\#(text)': strconv.ParseUint: parsing "\#(text)": invalid syntax"# }
        for (method, path, body, status, text) in [
            ("POST", "/swarm/init", "{", 400, "invalid JSON: "),
            ("POST", "/swarm/update", "{}", 400, "invalid swarm version \(notANumber(""))"),
            ("POST", "/swarm/update?version=x", "{}", 400, "invalid swarm version \(notANumber("x"))"),
            ("POST", "/swarm/update?version=1", #"{"Name":"default"}"#, 500, outdated),
            ("POST", "/nodes/node-1/update", "{}", 400, "invalid node version \(notANumber(""))"),
            ("POST", "/nodes/node-1/update?version=1", "{}", 400, #"invalid Role: """#),
            ("POST", "/nodes/node-1/update?version=1", spec, 500, outdated),
            ("POST", "/v1.45/nodes/nope/update?version=1", spec, 404, "node nope not found"),
            ("GET", "/nodes/nope", nil, 404, "node nope not found"),
            ("DELETE", "/nodes/nope", nil, 404, "node nope not found"),
            ("GET", "/v1.99/nodes", nil, 400, "client version 1.99 is too new. Maximum supported API version is 1.45"),
            ("DELETE", "/nodes", nil, 404, "page not found"),
            ("DELETE", "/swarm", nil, 404, "page not found"),
            ("GET", "/nope", nil, 404, "page not found"),
        ] as [(String, String, String?, Int, String)] {
            let answer = try await node.ask(method, path, body)
            #expect(answer.status == status && answer.text.hasPrefix(text), "\(method) \(path): \(answer)")
        }
        let type = try await node.sh("curl -s --unix-socket /run/docker.sock -d '{}' http://engine/swarm/init")
        #expect(type.contains("unsupported Content-Type header (application/x-www-form-urlencoded): must be 'application/json'"))
        let kind = try await node.ask("POST", "/swarm/init", #"{"Spec":4}"#)
        #expect(kind.status == 400 && kind.text.hasPrefix("invalid JSON: "), "\(kind)")
        // It goes on as if nothing had been.
        #expect(try await cluster.nodes() == ["node-1 Ready Active Leader"])
        #expect(try await node.ask("GET", "/nodes").status == 200)
    }

    @Test(arguments: Orchestrator.underTest)
    func eachChangeHasAVersionOfItsOwn(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, managers: 1)
        let node = cluster[1]
        func version() async throws -> Int {
            try #require(Int(try await node.sh("docker node inspect -f '{{.Version.Index}}' node-1")))
        }
        let first = try await version()
        let update = "/nodes/node-1/update?version="
        let spec = #"{"Role":"manager","Availability":"active","Labels":{"a":"b"}}"#
        #expect(try await node.ask("POST", "\(update)\(first)", spec).status == 200)
        #expect(try await version() > first)
        let late = try await node.ask("POST", "\(update)\(first)", spec)
        #expect(late.status == 500 && late.text == "rpc error: code = Unknown desc = update out of sequence")
    }

    @Test(arguments: Orchestrator.underTest)
    func whatHappensToNodesIsAnEvent(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, hosts: 2)
        try await cluster[1].sh("docker swarm init")
        let since = try await cluster[1].sh("date +%s.%N")
        try await cluster.join(cluster[2], as: "worker")
        try await eventually("the node is ready") { try await cluster.nodes().last == "node-2 Ready Active" }
        try await cluster[1].sh("docker node update --availability drain node-2")
        let events = try await cluster[1].sh(
            """
            docker events --since \(since) --until $(date -d '+1 second' +%s) --filter type=node \
            --format '{{.Scope}} {{.Type}} {{.Action}} {{json .Actor.Attributes}}'
            """
        ).split(separator: "\n").filter { $0.contains(#""name":"node-2""#) }
        for expected in [
            #""state.new":"ready","state.old":"unknown"}"#, #""availability.new":"drain","availability.old":"active""#,
        ] {
            #expect(
                events.contains { $0.hasPrefix("swarm node update ") && $0.contains(expected) },
                "\(expected): \(events.joined(separator: "\n"))")
        }
    }

    @Test(arguments: Orchestrator.underTest)
    func allThatIsNoSwarmsIsTheEngines(_ orchestrator: Orchestrator) async throws {
        let node = try await Cluster(orchestrator, managers: 1)[1]
        try await node.sh("tar -C / -c usr/bin/tini-static | docker import - tini")
        #expect(try await node.sh("docker images -q tini") != "")
        let run = try await node.attempt("docker run --rm tini /usr/bin/tini-static --version")
        #expect(run.text.contains("tini version"), "\(run.text)\(run.errorText)")
        #expect(try await node.sh("docker volume create some && docker volume rm some") == "some\nsome")
        #expect(try await node.sh("docker network ls --filter driver=bridge --format '{{.Name}}'").contains("bridge"))
    }

    /// docker-py's models of the swarm and of its nodes, as its own tests use them.
    @Test(arguments: Orchestrator.underTest)
    func programsInPythonAreAtHome(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster(orchestrator, hosts: 2)
        try await cluster[1].python(
            """
            assert client.info()["Swarm"]["LocalNodeState"] == "inactive"
            try:
                client.nodes.list()
                raise AssertionError("there are nodes without a swarm")
            except docker.errors.APIError as error:
                assert error.status_code == 503, error
            node_id = client.swarm.init(
                advertise_addr="eth0", snapshot_interval=5000, task_history_retention_limit=3, node_cert_expiry=7000000000000000,
                default_addr_pool=["10.20.0.0/16"], subnet_size=26, labels={"a": "b"})
            assert client.info()["Swarm"]["NodeID"] == node_id
            attrs = client.swarm.attrs
            assert attrs["DefaultAddrPool"] == ["10.20.0.0/16"] and attrs["SubnetSize"] == 26, attrs
            assert attrs["Spec"]["Raft"]["SnapshotInterval"] == 5000, attrs
            assert attrs["Spec"]["Orchestration"]["TaskHistoryRetentionLimit"] == 3, attrs
            assert attrs["Spec"]["CAConfig"]["NodeCertExpiry"] == 7000000000000000, attrs
            assert attrs["Spec"]["Labels"] == {"a": "b"}, attrs
            tokens = attrs["JoinTokens"]
            assert client.swarm.update(rotate_worker_token=True, snapshot_interval=6000)
            assert client.swarm.version > attrs["Version"]["Index"]
            assert client.swarm.attrs["Spec"]["Raft"]["SnapshotInterval"] == 6000
            assert client.swarm.attrs["JoinTokens"]["Worker"] != tokens["Worker"]
            assert client.swarm.attrs["JoinTokens"]["Manager"] == tokens["Manager"]
            try:
                client.swarm.init()
                raise AssertionError("a second swarm was made")
            except docker.errors.APIError as error:
                assert error.status_code == 503, error
            assert client.swarm.get_unlock_key()["UnlockKey"] == ""
            """)
        // A worker that joins and leaves, seen from both sides.
        let token = try await cluster.token("worker")
        try await cluster[2].python(
            """
            try:
                client.swarm.join(remote_addrs=["10.77.0.11:2377"], join_token="SWMTKN-1-nonsense")
                raise AssertionError("nonsense was taken for a token")
            except docker.errors.APIError as error:
                assert "invalid join token" in str(error), error
            assert client.swarm.join(remote_addrs=["10.77.0.11:2377"], join_token="\(token)", advertise_addr="eth0")
            assert client.info()["Swarm"]["LocalNodeState"] == "active"
            """)
        try await eventually("both are ready") { try await cluster.nodes().filter { $0.contains(" Ready ") }.count == 2 }
        try await cluster[1].python(
            """
            assert len(client.nodes.list()) == 2
            worker, = client.nodes.list(filters={"role": "worker"})
            assert worker.attrs["Description"]["Hostname"] == "node-2", worker.attrs
            assert client.nodes.get(worker.id).id == worker.id
            worker.update({"Availability": "drain", "Role": "worker", "Labels": {"x": "y"}})
            worker.reload()
            assert worker.attrs["Spec"]["Availability"] == "drain" and worker.attrs["Spec"]["Labels"] == {"x": "y"}, worker.attrs
            try:
                client.api.update_node(worker.id, worker.version - 1, {"Availability": "active", "Role": "worker"})
                raise AssertionError("an old version was taken")
            except docker.errors.APIError as error:
                assert "update out of sequence" in str(error), error
            try:
                client.nodes.get("nope")
                raise AssertionError("there is a node that is not there")
            except docker.errors.NotFound:
                pass
            try:
                client.api.remove_node(worker.id)
                raise AssertionError("a node that is there was removed")
            except docker.errors.APIError as error:
                assert error.status_code == 400, error
            """)
        try await cluster[2].python("assert client.swarm.leave()")
        try await eventually("it is down") { try await cluster.nodes().contains { $0.hasPrefix("node-2 Down") } }
        try await cluster[1].python(
            """
            worker, = client.nodes.list(filters={"role": "worker"})
            assert client.api.remove_node(worker.id)
            assert len(client.nodes.list()) == 1
            try:
                client.swarm.leave()
                raise AssertionError("the last manager has left")
            except docker.errors.APIError as error:
                assert error.status_code == 503, error
            assert client.swarm.leave(force=True)
            assert client.info()["Swarm"]["LocalNodeState"] == "inactive"
            """)
    }
}
