import DockerAPI
import Foundation
import Testing

@testable import SwarmGateway

/// What clients get of the swarm's own calls.
@Suite(.timeLimit(.minutes(2)))
struct SwarmCallTests {
    /// Asks once and gives the status and the text.
    private static func ask(
        _ method: String, _ target: String, fields: [String] = [], body: String? = nil, refusal: APIError? = nil
    ) async throws -> (status: Int, text: String, calls: [String]) {
        try await GatewayBed.with { bed in
            await bed.backend.set(refusal: refusal)
            let answer = try await blocking {
                let answer = try #require(try bed.connect().ask(method, target, fields: fields, body: body))
                return (answer.status, answer.content)
            }
            return (answer.0, answer.1, await bed.backend.calls)
        }
    }

    private static func message(_ text: String) -> String? {
        (try? JSONDecoder().decode([String: String].self, from: Data(text.utf8)))?["message"]
    }

    @Test(
        arguments: [
            ("POST", "/swarm/init", #"{"ListenAddr":"0.0.0.0:2377","Unknown":[1],"AdvertiseAddr":null}"#, "init 0.0.0.0:2377 -"),
            ("POST", "/v1.45/swarm/init", nil, "init - -"),
            ("POST", "/v1.24/swarm/join", #"{"RemoteAddrs":["a:2377"]}"#, #"join ["a:2377"]"#),
            ("POST", "/swarm/leave?force=1", nil, "leave true"),
            ("POST", "/swarm/leave?force=FALSE", nil, "leave false"),
            ("POST", "/swarm/leave", nil, "leave false"),
            ("POST", "/swarm/unlock", #"{"UnlockKey":"SWMKEY-1-x"}"#, "unlock SWMKEY-1-x"),
            ("POST", "/swarm/update?version=7&rotateWorkerToken=true", #"{"Name":"default"}"#, "update 7 default true false"),
            ("GET", "/swarm/unlockkey", nil, "unlockKey"),
            ("GET", "/nodes/beta", nil, "node beta"),
            ("GET", "/nodes/be%74a", nil, "node beta"),
            (
                "POST", "/nodes/beta/update?version=10", #"{"Role":"Manager","Availability":"drain"}"#,
                "updateNode beta 10 manager drain [:]"
            ),
            ("DELETE", "/nodes/beta?force=true", nil, "removeNode beta true"),
        ] as [(String, String, String?, String)])
    func callsReachTheNode(method: String, target: String, body: String?, call: String) async throws {
        let answer = try await Self.ask(method, target, body: body)
        #expect(answer.status == 200)
        #expect(answer.calls == [call])
    }

    @Test(
        arguments: [
            ("POST", "/swarm/init", #"{"ListenAddr":"#, 400, "invalid JSON: the request body is not JSON"),
            ("POST", "/swarm/init", " ", 400, "invalid JSON: got EOF while reading request body"),
            (
                "POST", "/swarm/init", #"{"ListenAddr":5}"#, 400,
                "invalid JSON: the value of ListenAddr is not of the type that belongs there"
            ),
            ("POST", "/swarm/update", "{}", 400, "invalid swarm version '': strconv.ParseUint: parsing \"\": invalid syntax"),
            (
                "POST", "/swarm/update?version=-1", "{}", 400,
                "invalid swarm version '-1': strconv.ParseUint: parsing \"-1\": invalid syntax"
            ),
            ("POST", "/swarm/update?version=1&rotateWorkerToken=x", "{}", 400, "invalid value for rotateWorkerToken: x"),
            (
                "POST", "/nodes/a/update?version=99999999999999999999", #"{"Role":"worker","Availability":"active"}"#, 400,
                "invalid node version '99999999999999999999': strconv.ParseUint: parsing \"99999999999999999999\": value out of range"
            ),
            ("POST", "/nodes/a/update?version=1", "{}", 400, "invalid Role: \"\""),
            ("POST", "/nodes/a/update?version=1", #"{"Role":"worker","Availability":"x"}"#, 400, "invalid Availability: \"x\""),
            ("GET", "/nodes/gamma", nil, 404, "node gamma not found"),
            ("GET", #"/nodes?filters={"x":["y"]}"#, nil, 400, "invalid filter 'x'"),
            ("GET", "/nodes?filters=x", nil, 400, "invalid filter"),
            ("GET", #"/nodes?filters={"membership":{"x":true}}"#, nil, 400, "Invalid membership filter: 'x'"),
            (
                "GET", "/v1.99/nodes", nil, 400, "client version 1.99 is too new. Maximum supported API version is 1.45"
            ),
            (
                "GET", "/v1.12/nodes", nil, 400,
                "client version 1.12 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version"
            ),
            ("GET", "/services/web", nil, 404, "service web not found"),
            ("GET", "/configs/c", nil, 404, "config c not found"),
            ("GET", #"/services?filters={"x":["y"]}"#, nil, 400, "invalid filter 'x'"),
        ] as [(String, String, String?, Int, String)])
    func whatIsWrongIsSaidInDockersWords(method: String, target: String, body: String?, status: Int, text: String) async throws {
        let target = target.replacingOccurrences(of: "{", with: "%7B").replacingOccurrences(of: "}", with: "%7D")
        let answer = try await Self.ask(method, target, body: body)
        #expect(answer.status == status)
        #expect(Self.message(answer.text) == text)
    }

    @Test func onlyJSONIsTaken() async throws {
        try await GatewayBed.with { bed in
            try await blocking {
                let client = try bed.connect()
                try client.send("POST /swarm/join HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}")
                let first = try #require(try client.receiveMessage(answering: "POST"))
                #expect(first.status == 400)
                #expect(
                    Self.message(first.content) == "unsupported Content-Type header (text/plain): must be 'application/json'")
                try client.send("POST /swarm/join HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
                let second = try #require(try client.receiveMessage(answering: "POST"))
                #expect(Self.message(second.content) == "malformed Content-Type header (): mime: no media type")
            }
        }
    }

    @Test func aNodeThatIsNoManagerRefusesListsToo() async throws {
        for path in ["/services", "/tasks", "/secrets", "/configs", "/nodes", "/swarm", "/services/x"] {
            let answer = try await Self.ask("GET", path, refusal: APIError(503, "This node is not a swarm manager."))
            #expect(answer.status == 503)
            #expect(Self.message(answer.text) == "This node is not a swarm manager.")
        }
    }

    @Test(arguments: ["services", "tasks", "secrets", "configs"])
    func whereThereIsNothingTheListIsEmpty(kind: String) async throws {
        let list = try await Self.ask("GET", "/" + kind)
        #expect(list.status == 200)
        #expect(list.text == "[]\n")
    }

    @Test(
        arguments: [
            ("", ["n1abc", "n2abd"]),
            (#"{"role":{"manager":true}}"#, ["n1abc"]),
            (#"{"role":["worker"]}"#, ["n2abd"]),
            (#"{"id":["n2"]}"#, ["n2abd"]),
            (#"{"name":["al","x"]}"#, ["n1abc"]),
            (#"{"node.label":["zone=a"]}"#, ["n1abc"]),
            (#"{"node.label":["zone"]}"#, ["n1abc"]),
            (#"{"node.label":["zone=b"]}"#, []),
            (#"{"label":["disk=ssd"]}"#, ["n1abc"]),
            (#"{"membership":["pending"]}"#, []),
            (#"{"membership":["accepted"],"role":["manager","worker"]}"#, ["n1abc", "n2abd"]),
        ] as [(String, [String])])
    func nodesAreListedByFilter(filters: String, ids: [String]) async throws {
        let encoded = filters.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let answer = try await Self.ask("GET", "/nodes?filters=" + encoded)
        let nodes = try JSONDecoder().decode([SwarmNode].self, from: Data(answer.text.utf8))
        #expect(nodes.map(\.id) == ids)
    }

    @Test func aBodyThatIsTooLargeIsRefused() async throws {
        try await GatewayBed.with { bed in
            try await blocking {
                let client = try bed.connect()
                try client.send(
                    "POST /swarm/init HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n")
                let block = [UInt8](repeating: 32, count: 1 << 20)
                for _ in 0..<5 { try client.send(block) }
                #expect(try client.receiveMessage(answering: "POST")?.status == 413)
            }
            #expect(await bed.backend.calls.isEmpty)
        }
    }

    @Test func aClientThatWaitsBeforeItsBodyIsToldToGoOn() async throws {
        try await GatewayBed.with { bed in
            try await blocking {
                let client = try bed.connect()
                try client.send(
                    "POST /swarm/init HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n")
                #expect(try client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                try client.send("1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
                #expect(try client.receiveMessage(answering: "POST")?.content == "\"n1abc\"\n")
            }
        }
    }

    @Test func pingTellsOfTheSwarm() async throws {
        try await GatewayBed.with { bed in
            try await blocking {
                let client = try bed.connect()
                for (method, content) in [("HEAD", ""), ("GET", "OK")] {
                    let answer = try #require(try client.ask(method, "/_ping"))
                    #expect(answer.fields["swarm"] == "active/manager")
                    #expect(answer.fields["api-version"] == "1.45")
                    #expect(answer.content == content)
                }
            }
        }
    }

    @Test func infoIsTheEnginesWithTheSwarmInIt() async throws {
        try await GatewayBed.with { bed in
            var info = SwarmInfo(nodeID: "n1", localNodeState: "active")
            info.warnings = ["two managers"]
            await bed.backend.set(info: info)
            try await blocking {
                let answer = try #require(try bed.connect().ask("GET", "/v1.45/info"))
                #expect(
                    answer.content.hasPrefix(
                        #"{"ID":"x","Containers":3,"Plugins":{"Volume":["local"],"Network":["bridge","host","overlay"]"#))
                #expect(answer.content.contains(#""Big":12345678901234567890.5,"#))
                #expect(answer.content.hasSuffix(#","Warnings":["two managers"]}"# + "\n"))
                #expect(answer.content.contains(#""NodeID":"n1""#))
                #expect(!answer.content.contains("inactive"))
                #expect(answer.fields["server"] == "Docker/26.1.5 (linux)")
            }
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"), ("nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        (
            "GET /x HTTP/1.1\r\nHost: a\r\nA: " + String(repeating: "x", count: 1 << 20),
            "HTTP/1.1 431 Request Header Fields Too Large"
        ),
    ])
    func whatIsNoRequestEndsTheConnection(text: String, line: String) async throws {
        try await GatewayBed.with { bed in
            try await blocking {
                let client = try bed.connect()
                try client.send(text)
                let answer = try #require(try client.receiveMessage(answering: "GET"))
                #expect(answer.line == line)
                #expect(answer.fields["connection"] == "close")
                #expect(try client.isAtEnd())
            }
        }
    }

    @Test func pathsThatTheEngineWouldCleanUpAreTheEngines() {
        for path in ["//swarm", "/swarm/", "/./swarm", "/x/../swarm", "*", "/%zz"] {
            #expect(RequestTarget(path) == nil)
        }
        for path in ["/swarm", "/v1.30/swarm", "http://host/swarm", "/%73warm", "/swarm?x=y/"] {
            #expect(RequestTarget(path).map { Route(method: "GET", target: $0) } == .swarm(.inspect))
        }
        for (method, path) in [
            ("PUT", "/swarm"), ("GET", "/swarm/x"), ("POST", "/nodes"), ("GET", "/vx/swarm"), ("HEAD", "/info"),
        ] {
            #expect(RequestTarget(path).map { Route(method: method, target: $0) } == .engine)
        }
    }
}
