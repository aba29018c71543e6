import DockerAPI
import Foundation
import SwarmModel
import Testing

@testable import SwarmGateway

/// What clients get of services, tasks, secrets and configs.
@Suite(.timeLimit(.minutes(2)))
struct ServiceCallTests {
    private struct Result {
        var status: Int
        var text: String
        var calls: [String]
        var spec: ServiceSpec?

        var message: String? { (try? JSONDecoder().decode([String: String].self, from: Data(text.utf8)))?["message"] }
    }

    private static let web = SwarmService(
        id: "s1abc",
        spec: ServiceSpec(
            name: "web", labels: ["tier": "front"],
            taskTemplate: TaskSpec(networks: [NetworkAttachmentConfig(target: "host")], runtime: "container"),
            mode: ServiceMode(replicated: .init(replicas: 2))))
    private static let job = SwarmService(
        id: "s2abd", spec: ServiceSpec(name: "job", labels: [:], mode: ServiceMode(globalJob: .init())))

    private static func ask(
        _ method: String, _ target: String, _ body: String? = nil, fields: [String] = []
    ) async throws -> Result {
        try await GatewayBed.with { bed in
            await bed.backend.set(services: [web, job])
            await bed.backend.set(
                .secret,
                [
                    SwarmData(id: "d1", spec: SwarmDataSpec(name: "one", labels: ["a": "b"])),
                    SwarmData(id: "d2", spec: SwarmDataSpec(name: "onetwo", labels: [:])),
                ])
            let target = target.replacingOccurrences(of: "{", with: "%7B").replacingOccurrences(of: "}", with: "%7D")
            let answer = try await blocking {
                let answer = try #require(try bed.connect().ask(method, target, fields: fields, body: body))
                return (answer.status, answer.content)
            }
            return Result(
                status: answer.0, text: answer.1, calls: await bed.backend.calls, spec: await bed.backend.requestedSpec)
        }
    }

    @Test(
        arguments: [
            ("POST", "/services/create", #"{"Name":"web"}"#, 201, "createService web ", #"{"ID":"s1","Warnings":null}"#),
            (
                "POST", "/services/web/update?version=7", #"{"Name":"web"}"#, 200, "updateService web 7  spec false",
                #"{"Warnings":null}"#
            ),
            (
                "POST", "/services/web/update?version=7&registryAuthFrom=previous-spec&rollback=previous", "{}", 200,
                "updateService web 7  previous-spec true", #"{"Warnings":null}"#
            ),
            ("DELETE", "/services/web", nil, 200, "removeService web", ""),
            ("GET", "/tasks", nil, 200, "tasks []", "[]"),
            (
                "GET", #"/tasks?filters={"service":{"web":true},"_up-to-date":{"true":true}}"#, nil, 200,
                #"tasks ["_up-to-date=[\"true\"]", "service=[\"web\"]"]"#, "[]"
            ),
            (
                "POST", "/secrets/create", #"{"Name":"x","Data":"aGk="}"#, 201, "createData secret x aGk=", #"{"ID":"d1"}"#
            ),
            ("POST", "/configs/create", "{}", 201, "createData config - -", #"{"ID":"d1"}"#),
            ("POST", "/configs/x/update?version=3", #"{"Labels":{"a":"b"}}"#, 200, #"updateData config x 3 ["a": "b"]"#, ""),
            ("DELETE", "/secrets/x", nil, 204, "removeData secret x", ""),
        ] as [(String, String, String?, Int, String, String)])
    func callsReachTheNode(method: String, target: String, body: String?, status: Int, call: String, text: String) async throws {
        let answer = try await Self.ask(method, target, body)
        #expect(answer.status == status)
        #expect(answer.calls == [call])
        guard text.hasPrefix("{") else {
            #expect(answer.text.trimmingCharacters(in: .newlines) == text)
            return
        }
        func members(_ text: String) throws -> [String: String?] {
            try JSONDecoder().decode([String: String?].self, from: Data(text.utf8))
        }
        #expect(try members(answer.text) == members(text))
    }

    @Test func credentialsArePassedOnAsTheyCame() async throws {
        let auth = ["X-Registry-Auth: eyJhIjoiYiJ9"]
        #expect(
            try await Self.ask("POST", "/services/create", #"{"Name":"web"}"#, fields: auth).calls
                == ["createService web eyJhIjoiYiJ9"])
        #expect(
            try await Self.ask("POST", "/services/web/update?version=1", "{}", fields: auth).calls
                == ["updateService web 1 eyJhIjoiYiJ9 spec false"])
    }

    @Test(
        arguments: [
            (
                "POST", "/services/web/update", "{}", 400,
                "invalid service version '': strconv.ParseUint: parsing \"\": invalid syntax"
            ),
            ("POST", "/services/web/update?version=1&registryAuthFrom=x", "{}", 400, "invalid registryAuthFrom 'x'"),
            ("POST", "/services/web/update?version=1&rollback=x", "{}", 500, "unrecognized rollback option x"),
            ("POST", "/secrets/x/update?version=x", "{}", 400, "invalid secret version"),
            ("POST", "/configs/x/update", "{}", 400, "invalid config version"),
            (
                "POST", "/v1.36/secrets/create", #"{"Templating":{"Name":"golang"}}"#, 400,
                "secret templating is not supported on the specified API version: 1.36"
            ),
            (
                "POST", "/services/create", #"{"Name":1}"#, 400,
                "invalid JSON: the value of Name is not of the type that belongs there"
            ),
            ("GET", "/services/web?insertDefaults=x", nil, 400, "invalid value for insertDefaults: x"),
            ("GET", "/services?status=x", nil, 400, "invalid value for status: x"),
            ("GET", #"/services?filters={"node":["y"]}"#, nil, 400, "invalid filter 'node'"),
            ("GET", #"/secrets?filters={"x":["y"]}"#, nil, 400, "invalid filter 'x'"),
            ("GET", #"/configs?filters={"names":["y"]}"#, nil, 400, "invalid filter 'names'"),
            ("GET", "/secrets/nope", nil, 404, "secret nope not found"),
            ("GET", "/services/nope", nil, 404, "service nope not found"),
            ("GET", "/tasks/nope", nil, 404, "task nope not found"),
        ] as [(String, String, String?, Int, String)])
    func whatIsWrongIsSaidInDockersWords(method: String, target: String, body: String?, status: Int, text: String) async throws {
        let answer = try await Self.ask(method, target, body)
        #expect(answer.status == status)
        #expect(answer.message == text)
    }

    @Test(
        arguments: [
            ("services", "", ["s1abc", "s2abd"]), ("services", #"{"name":["we"]}"#, ["s1abc"]),
            ("services", #"{"id":{"s2":true}}"#, ["s2abd"]), ("services", #"{"id":["s"],"name":["job"]}"#, ["s2abd"]),
            ("services", #"{"label":["tier=front"]}"#, ["s1abc"]), ("services", #"{"label":["tier"]}"#, ["s1abc"]),
            ("services", #"{"label":["tier=back"]}"#, []), ("services", #"{"mode":["global-job"]}"#, ["s2abd"]),
            ("services", #"{"mode":["global"]}"#, []),
            ("services", #"{"mode":["replicated","global-job"]}"#, ["s1abc", "s2abd"]),
            ("services", #"{"runtime":["plugin"]}"#, []),
            ("secrets", #"{"name":["one"]}"#, ["d1", "d2"]), ("secrets", #"{"names":["one"]}"#, ["d1"]),
            ("secrets", #"{"names":["one"],"id":["d2"]}"#, ["d1", "d2"]), ("secrets", #"{"label":["a=b"]}"#, ["d1"]),
        ])
    func listsAreFiltered(collection: String, filters: String, ids: [String]) async throws {
        struct Item: Decodable { var ID: String }
        let answer = try await Self.ask("GET", "/\(collection)?filters=\(filters)")
        #expect(try JSONDecoder().decode([Item].self, from: Data(answer.text.utf8)).map(\.ID) == ids)
    }

    @Test func olderClientsGetAndAskForWhatTheyKnow() async throws {
        let body = #"""
            {"Networks":[{"Target":"bridge"}],"Mode":{"ReplicatedJob":{}},"TaskTemplate":{"ContainerSpec":{"Image":"x",
            "CapabilityAdd":["A"],"Sysctls":{"a":"b"},"OomScoreAdj":5,"Privileges":{"NoNewPrivileges":true}},
            "Placement":{"MaxReplicas":2},"Resources":{"Limits":{"Pids":3}}}}
            """#.replacingOccurrences(of: "\n", with: "")
        func spec(_ version: String) async throws -> ServiceSpec {
            try #require(try await Self.ask("POST", "/v\(version)/services/create", body).spec)
        }
        let new = try await spec("1.45")
        #expect(new.networks == nil && new.taskTemplate.networks == nil)
        #expect(new.taskTemplate.container?.oomScoreAdjustment == nil)
        #expect(new.taskTemplate.container?.privileges?.noNewPrivileges == true && new.mode?.replicatedJob != nil)
        let older = try await spec("1.43")
        #expect(older.taskTemplate.networks?.map(\.target) == ["bridge"])
        #expect(older.taskTemplate.container?.privileges?.noNewPrivileges == nil)
        #expect(older.taskTemplate.container?.capabilityAdd == ["A"])
        let old = try await spec("1.39")
        #expect(old.mode?.replicatedJob == nil && old.taskTemplate.placement?.maxReplicas == nil)
        #expect(old.taskTemplate.container?.capabilityAdd == nil && old.taskTemplate.container?.sysctls == nil)
        #expect(old.taskTemplate.resources?.limits?.pids == nil)
        // And back: where an old client looks for networks.
        func networks(_ version: String) async throws -> Int {
            let text = try await Self.ask("GET", "/v\(version)/services/web").text
            return try JSONDecoder().decode(SwarmService.self, from: Data(text.utf8)).spec.networks?.count ?? 0
        }
        #expect(try await networks("1.43") == 1)
        #expect(try await networks("1.45") == 0)
        #expect(try await Self.ask("GET", "/v1.40/services?status=true").calls == ["services false"])
        #expect(try await Self.ask("GET", "/v1.41/services?status=true").calls == ["services true"])
        #expect(try await Self.ask("GET", "/services/web?insertDefaults=true").calls == ["service web true"])
    }

    @Test func aNetworkThatEveryEngineHasIsFoundUnderItsName() async throws {
        try await GatewayBed.with(engine: { socket in
            while let request = try socket.receiveMessage() {
                let isHost = request.target == "/v1.45/networks/host"
                try socket.send(FakeEngine.answer(isHost ? #"{"Name":"host","Id":"4711","Scope":"local"}"# : request.target))
            }
        }) { bed in
            try await blocking {
                let host = try bed.connect().ask("GET", "/v1.45/networks/host?scope=swarm")
                #expect(host?.content == #"{"Name":"host","Id":"host","Scope":"swarm"}"#)
                for target in ["/v1.45/networks/host?verbose=1", "/networks/other?scope=swarm"] {
                    let answer = try bed.connect().ask("GET", target)
                    #expect(answer?.content == target)
                }
            }
        }
    }

    /// Bodies of which any byte is another are answered, whatever they say.
    @Test func noBodyDoesHarm() async throws {
        let body =
            #"{"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"x","Env":["a"]}},"Mode":{"Replicated":{"Replicas":1}}}"#
        try await GatewayBed.with { bed in
            try await blocking {
                let client = try bed.connect()
                var statuses: Set<Int> = []
                for place in 0..<body.utf8.count {
                    for byte in [UInt8(ascii: "\""), UInt8(ascii: "["), 0xff] {
                        var bytes = Array(body.utf8)
                        bytes[place] = byte
                        try client.send(
                            "POST /services/create HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                                + "Content-Length: \(bytes.count)\r\n\r\n")
                        try client.send(bytes)
                        statuses.insert(try #require(try client.receiveMessage(answering: "POST")).status)
                    }
                }
                #expect(statuses == [201, 400])
            }
        }
    }
}
