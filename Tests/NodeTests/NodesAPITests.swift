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
}
