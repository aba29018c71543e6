import DockerAPI
import Foundation
import SwarmModel
import Testing

@testable import SwarmGateway

/// Which networks clients get to see, and whose business a call is.
@Suite(.timeLimit(.minutes(2)))
struct NetworkCallTests {
    private static let bridge = #"{"Name":"bridge","Id":"aaa1","Scope":"local","Driver":"bridge","Big":12345678901234567890.5}"#
    private static let mine = #"{"Name":"mine","Id":"bbb2","Labels":{"a":"]},{"}}"#
    private static let hidden = #"{"Name":"front","Id":"ccc3","Labels":{"com.docker.swarm.network.id":"f1front"}}"#
    private static let inside = #"{"ddd4":{"Name":"box","EndpointID":"e1","IPv4Address":"10.0.1.7/24"}}"#
    private static let stale = #"{"Name":"gone","Id":"eee5","Labels":{"com.docker.swarm.network.id":"f9gone"}}"#

    /// An engine with three networks, one of which stands for one of the swarm's.
    private static let engine: FakeEngine.Script = { socket in
        while let request = try socket.receiveMessage() {
            let path = request.target.split(separator: "?").first.map(String.init) ?? ""
            switch (request.method, path.replacing(#/^/v[0-9.]+/#, with: "")) {
            case ("GET", "/version"):
                try socket.send(FakeEngine.answer(#"{"Version":"26.1.5","ApiVersion":"1.45","MinAPIVersion":"1.24"}"#))
            case ("GET", "/networks") where request.target.contains("nope"):
                try socket.send(FakeEngine.answer(#"{"message":"invalid filter 'nope'"}"#, status: "400 Bad Request"))
            case ("GET", "/networks") where request.target.contains("f1front"):
                try socket.send(FakeEngine.answer("[\(hidden)]"))
            case ("GET", "/networks") where request.target.contains("f2open"): try socket.send(FakeEngine.answer("[]"))
            case ("GET", "/networks/ccc3"), ("GET", "/networks/front"):
                try socket.send(FakeEngine.answer(#"{"Containers":\#(inside),\#(hidden.dropFirst())"#))
            case ("GET", "/networks/gone"), ("GET", "/networks/eee5"): try socket.send(FakeEngine.answer(stale))
            case ("GET", "/containers/box/json"): try socket.send(FakeEngine.answer(#"{"Id":"ddd4","Name":"/box"}"#))
            case ("POST", "/containers/create") where request.content.contains("broken"):
                try socket.send(FakeEngine.answer(#"{"message":"No such image: broken"}"#, status: "404 Not Found"))
            case ("POST", "/containers/create"):
                try socket.send(
                    FakeEngine.answer(
                        #"{"Id":"ddd4","Asked":"\#(request.line)","Body":\#(request.content)}"#, status: "201 Created"))
            case ("POST", let path) where path.hasSuffix("connect"):
                try socket.send(FakeEngine.answer(#"{"engine":"\#(request.line)","Body":\#(request.content)}"#))
            case ("GET", "/networks"):
                try socket.send(FakeEngine.answer("[\(bridge), \(mine),\(hidden)]\n"))
            case ("GET", "/networks/mine"), ("GET", "/networks/bbb2"): try socket.send(FakeEngine.answer(mine))
            case ("POST", "/networks/prune"):
                let isKept = request.target.contains("label%21") && request.target.contains("com%2Edocker%2Eswarm%2Enetwork%2Eid")
                try socket.send(
                    FakeEngine.answer(isKept ? #"{"NetworksDeleted":["mine"]}"# : #"{"NetworksDeleted":["swarm-1"]}"#))
            case (_, let path) where path.hasSuffix("/create"):
                try socket.send(
                    FakeEngine.answer("{\"engine\":\"\(request.line)\",\"body\":\(request.content)}", status: "201 Created"))
            case ("GET", _), ("DELETE", _):
                try socket.send(FakeEngine.answer(#"{"message":"network not found by the engine"}"#, status: "404 Not Found"))
            default: try socket.send(FakeEngine.answer("{\"engine\":\"\(request.line)\"}"))
            }
            if request.fields["connection"] == "close" { return }
        }
    }

    private static let networks = [
        NetworkResource(name: "front", id: "f1front", created: nil, labels: ["tier": "a"]),
        NetworkResource(name: "open", id: "f2open", created: nil, isAttachable: true),
    ]

    private struct Result {
        var status: Int
        var text: String
        var calls: [String]
        var message: String? { (try? JSONDecoder().decode([String: String].self, from: Data(text.utf8)))?["message"] }
        var names: [String] {
            struct Named: Decodable { var Name: String }
            return ((try? JSONDecoder().decode([Named].self, from: Data(text.utf8))) ?? []).map(\.Name)
        }
    }

    private static func ask(
        _ method: String, _ target: String, _ body: String? = nil, state: String = "active/manager", fields: [String] = []
    ) async throws -> Result {
        try await GatewayBed.with(engine: engine) { bed in
            await bed.backend.set(networks: networks)
            await bed.backend.set(state: state)
            var target = target
            for (sign, code) in [("{", "%7B"), ("}", "%7D"), ("\"", "%22"), ("^", "%5E")] {
                target = target.replacingOccurrences(of: sign, with: code)
            }
            let asked = target
            let answer = try await blocking {
                let answer = try #require(try bed.connect().ask(method, asked, fields: fields, body: body))
                return (answer.status, answer.content)
            }
            return Result(status: answer.0, text: answer.1, calls: await bed.backend.calls)
        }
    }

    @Test func theListHasTheSwarmsNetworksAndTheEnginesOwnByteForByte() async throws {
        let result = try await Self.ask("GET", "/v1.45/networks")
        #expect(result.status == 200 && result.names == ["front", "open", "bridge", "mine"])
        #expect(result.text.hasSuffix(",\(Self.bridge),\(Self.mine)]\n"))
        #expect(result.text.contains(#""Containers":null"#) && result.text.contains(#""Scope":"swarm""#))
        // A worker has those that it has a place in, and hides as much.
        let worker = try await Self.ask("GET", "/networks", state: "active/worker")
        #expect(worker.text == result.text && worker.calls == ["networks false"])
        // Outside of a swarm it is all the engine's.
        let outside = try await Self.ask("GET", "/networks", state: "inactive")
        #expect(outside.text == "[\(Self.bridge), \(Self.mine),\(Self.hidden)]\n")
    }

    @Test(
        arguments: [
            (#"{"name":["ro"]}"#, ["front"]), (#"{"name":["^open$"]}"#, ["open"]), (#"{"id":["f2"]}"#, ["open"]),
            (#"{"driver":["overlay"]}"#, ["front", "open"]), (#"{"driver":["bridge"]}"#, []), (#"{"scope":["local"]}"#, []),
            (#"{"label":["tier"]}"#, ["front"]), (#"{"label":["tier=b"]}"#, []), (#"{"type":["builtin"]}"#, []),
            (#"{"type":["custom"]}"#, ["front", "open"]), (#"{"dangling":["true"]}"#, ["front", "open"]),
            (#"{"dangling":["false"]}"#, []),
        ] as [(String, [String])])
    func filtersHoldForTheSwarmsNetworksToo(_ filters: String, _ expected: [String]) async throws {
        let result = try await Self.ask("GET", "/networks?filters=\(filters)")
        #expect(result.names.filter { $0 == "front" || $0 == "open" } == expected, "\(result)")
    }

    @Test func aFilterThatIsNoneIsRefusedByTheEngine() async throws {
        let result = try await Self.ask("GET", #"/networks?filters={"nope":["x"]}"#)
        #expect(result.status == 400 && result.message == "invalid filter 'nope'")
    }

    @Test func aNetworkIsTheSwarmsOrTheEngines() async throws {
        for (target, text) in [
            ("/networks/front", #""Id":"f1front""#), ("/networks/f1", #""Id":"f1front""#),
            ("/networks/front?scope=swarm", #""Id":"f1front""#), ("/networks/mine", #""Id":"bbb2""#),
            ("/networks/bbb2", #""Id":"bbb2""#), ("/networks/open?scope=local", "not found by the engine"),
            ("/networks/nope", "not found by the engine"),
        ] {
            let result = try await Self.ask("GET", target)
            #expect(result.text.contains(text), "\(target): \(result)")
        }
        #expect(try await Self.ask("GET", "/networks/front?verbose=true").calls == ["network front true"])
        #expect(try await Self.ask("GET", "/networks/front", state: "active/worker").text.contains(#""Id":"f1front""#))
    }

    @Test func whatStandsForANetworkOfTheSwarmIsNotShown() async throws {
        for state in ["active/manager", "active/worker"] {
            for target in ["/networks/front", "/networks/ccc3"] {
                let result = try await Self.ask("GET", target, state: state)
                #expect(
                    result.text.contains(#""Id":"f1front""#) && result.text.contains(#""Containers":\#(Self.inside)"#),
                    "\(result)")
                #expect(!result.text.contains("ccc3"))
            }
            #expect(try await Self.ask("GET", "/networks/open", state: state).text.contains(#""Containers":null"#))
            for target in ["/networks/gone", "/networks/eee5", "/networks/front?scope=local"] {
                let result = try await Self.ask("GET", target, state: state)
                #expect(result.status == 404 && result.message?.hasSuffix(" not found") == true, "\(result)")
            }
        }
        let removal = try await Self.ask("DELETE", "/networks/ccc3")
        #expect(removal.calls.last == "removeNetwork f1front")
        #expect(try await Self.ask("DELETE", "/networks/eee5").status == 404)
        // A name is free again with the swarm's network.
        #expect(try await Self.ask("POST", "/networks/create", #"{"Name":"gone","Driver":"overlay"}"#).status == 201)
    }

    @Test func whoMakesANetworkSaysWhose() async throws {
        for body in [
            #"{"Name":"x","Driver":"overlay"}"#, #"{"Name":"x","Scope":"swarm"}"#,
            #"{"Name":"x","Ingress":true,"Driver":"overlay"}"#,
        ] {
            let result = try await Self.ask("POST", "/networks/create", body)
            #expect(result.status == 201 && result.text.contains(#""Id":"o1""#), "\(result)")
            #expect(result.calls.last == "createNetwork x")
        }
        for body in [#"{"Name":"x"}"#, #"{"Name":"x","Driver":"bridge"}"#, #"{"Name":"x","Driver":"overlay","ConfigOnly":true}"#]
        {
            let result = try await Self.ask("POST", "/v1.44/networks/create", body)
            #expect(
                result.status == 201
                    && result.text == "{\"engine\":\"POST /v1.44/networks/create HTTP/1.1\",\"body\":\(body)}", "\(result)")
        }
    }

    @Test func namesAreTakenOnBothSides() async throws {
        for body in [#"{"Name":"front"}"#, #"{"Name":"mine","Driver":"overlay"}"#] {
            let result = try await Self.ask("POST", "/networks/create", body)
            #expect(result.status == 409 && result.message?.hasSuffix("already exists") == true, "\(result)")
            #expect(!result.calls.contains { $0.hasPrefix("createNetwork") })
        }
    }

    @Test func onlyManagersMakeNetworksOfTheSwarm() async throws {
        let body = #"{"Name":"x","Driver":"overlay"}"#
        let worker = try await Self.ask("POST", "/networks/create", body, state: "active/worker")
        #expect(worker.status == 403)
        #expect(
            worker.message
                == "Cannot create a multi-host network from a worker node. Please create the network from a manager node.")
        // The engine has words of its own where there is no swarm.
        #expect(try await Self.ask("POST", "/networks/create", body, state: "inactive").text.contains("\"engine\""))
    }

    @Test func networksAreRemovedWhereTheyAre() async throws {
        let ours = try await Self.ask("DELETE", "/networks/front")
        #expect(ours.status == 204 && ours.calls.last == "removeNetwork f1front")
        let engines = try await Self.ask("DELETE", "/networks/mine")
        #expect(engines.message == "network not found by the engine" && engines.calls == ["network mine false"])
    }

    @Test func pruningRemovesOnBothSidesAndKeepsWhatTheDataPlaneHasMade() async throws {
        let both = try await Self.ask("POST", "/networks/prune")
        #expect(both.text == "{\"NetworksDeleted\":[\"front\",\"open\",\"mine\"]}\n", "\(both)")
        let one = try await Self.ask("POST", #"/networks/prune?filters={"label":["tier"]}"#)
        #expect(one.text == "{\"NetworksDeleted\":[\"front\",\"mine\"]}\n")
        let other = try await Self.ask("POST", #"/networks/prune?filters={"label!":["tier"]}"#)
        #expect(other.text == "{\"NetworksDeleted\":[\"open\",\"mine\"]}\n")
        // Nothing is as old as that.
        let old = try await Self.ask("POST", #"/networks/prune?filters={"until":["24h"]}"#)
        #expect(old.text == "{\"NetworksDeleted\":[\"mine\"]}", "\(old)")
        #expect(try await Self.ask("POST", #"/networks/prune?filters={"until":["x"]}"#).status == 400)
    }

    @Test(arguments: ["active/manager", "active/worker"])
    func aContainerIsPutWhereItsPlaceInTheSwarmsNetworkIs(_ state: String) async throws {
        let body = #"""
            {"Image":"busybox","Big":12345678901234567890.5,"HostConfig":{"NetworkMode":"open","Dns":[]},
            "NetworkingConfig":{"EndpointsConfig":{"open":{"Aliases":["db"],"IPAMConfig":{"IPv4Address":"10.0.1.7"},"Priority":3}}}}
            """#
        let result = try await Self.ask("POST", "/v1.45/containers/create?name=box", body, state: state)
        #expect(result.status == 201 && result.text.contains("POST /v1.45/containers/create?name=box HTTP/1.1"), "\(result)")
        for part in [
            #""NetworkMode":"open""#, #""Dns":["10.0.1.4"]"#, #""Big":12345678901234567890.5"#, #""Priority":3"#,
            #""IPv4Address":"10.0.1.7""#, #""MacAddress":"02:42:0a:00:01:07""#, #""Aliases":["db"]"#,
        ] { #expect(result.text.contains(part), "\(part): \(result.text)") }
        #expect(result.calls.suffix(2) == ["attach open 10.0.1.7 box db", "attached a1 ddd4"])
    }

    @Test func aContainerNeedSayNothingButTheNetwork() async throws {
        for body in [
            #"{"HostConfig":{"NetworkMode":"open","Dns":["9.9.9.9"]}}"#,
            #"{"HostConfig":{"NetworkMode":"open","Dns":["9.9.9.9"]},"NetworkingConfig":null}"#,
            #"{"HostConfig":{"NetworkMode":"open","Dns":["9.9.9.9"]},"NetworkingConfig":{"EndpointsConfig":{"open":null}}}"#,
        ] {
            let result = try await Self.ask("POST", "/v1.43/containers/create", body)
            #expect(
                result.text.contains(
                    #""NetworkingConfig":{"EndpointsConfig":{"open":{"IPAMConfig":{"IPv4Address":"10.0.1.7"}}}}"#), "\(result)")
            // Other names are asked of those that the container was given.
            #expect(result.text.contains(#""Dns":["10.0.1.4"]"#) && result.calls.contains("attach open - - 9.9.9.9"))
        }
    }

    @Test func whatIsNotTheSwarmsIsForTheEngineByteForByte() async throws {
        for (body, state) in [
            (#"{ "Image":"x" }"#, "active/manager"), (#"{ "HostConfig":{"NetworkMode":"mine"}}"#, "active/manager"),
            (#"{ "HostConfig":{"NetworkMode":"mine"}}"#, "active/worker"),
            (#"{ "HostConfig":{"NetworkMode":"host"}}"#, "active/worker"),
            (#"{ "HostConfig":{"NetworkMode":"container:open"}}"#, "active/manager"),
            (#"{ "HostConfig":{"NetworkMode":"open"}}"#, "inactive"),
            (#"{ "HostConfig":{"NetworkMode":"nope"}}"#, "active/worker"),
            (#"{ "HostConfig":{"NetworkMode":"nope"}}"#, "active/manager"),
        ] {
            let result = try await Self.ask("POST", "/containers/create", body, state: state)
            #expect(result.text.hasSuffix("\"Body\":\(body)}"), "\(result)")
            #expect(!result.calls.contains { $0.hasPrefix("attached") || $0.hasPrefix("release") })
        }
    }

    @Test func aPlaceIsGivenBackWhereNoContainerComesToBe() async throws {
        let result = try await Self.ask(
            "POST", "/containers/create", #"{"Image":"broken","HostConfig":{"NetworkMode":"open"}}"#)
        #expect(result.status == 404 && result.message == "No such image: broken")
        #expect(result.calls.suffix(2) == ["attach open - -", "release a1"])
    }

    @Test func onlyNetworksThatAreMadeForItTakeContainers() async throws {
        let text =
            "Could not attach to network front: rpc error: code = PermissionDenied desc = network front not manually attachable"
        for state in ["active/manager", "active/worker"] {
            let created = try await Self.ask(
                "POST", "/containers/create", #"{"HostConfig":{"NetworkMode":"front"}}"#, state: state)
            #expect(created.status == 403 && created.message == text, "\(created)")
            let connected = try await Self.ask("POST", "/networks/front/connect", #"{"Container":"box"}"#, state: state)
            #expect(connected.status == 403 && connected.message == text, "\(connected)")
        }
        for body in [
            #"{"MacAddress":"02:42:0a:00:01:09","HostConfig":{"NetworkMode":"open"}}"#,
            #"{"HostConfig":{"NetworkMode":"open"},"NetworkingConfig":{"EndpointsConfig":{"open":{"MacAddress":"02:42:0a:00:01:09"}}}}"#,
            #"{"HostConfig":{"NetworkMode":"open"},"NetworkingConfig":{"EndpointsConfig":{"open":{"IPAMConfig":{"IPv6Address":"fd::1"}}}}}"#,
        ] {
            let result = try await Self.ask("POST", "/containers/create", body)
            #expect(result.status == 400 && result.message?.hasPrefix("Could not attach to network open: ") == true, "\(result)")
        }
    }

    @Test func containersThatAreThereComeAndGo() async throws {
        let joined = try await Self.ask(
            "POST", "/v1.45/networks/f2open/connect", #"{"Container":"box","EndpointConfig":{"Aliases":["db"]}}"#)
        #expect(joined.status == 200 && joined.text.contains("POST /v1.45/networks/open/connect HTTP/1.1"), "\(joined)")
        #expect(joined.text.contains(#""IPv4Address":"10.0.1.7""#) && joined.text.contains(#""Container":"box""#))
        #expect(joined.calls.suffix(2) == ["attach f2open - box db", "attached a1 ddd4"])
        let left = try await Self.ask("POST", "/networks/open/disconnect", #"{"Container":"box","Force":true}"#)
        #expect(left.status == 200 && left.text.contains("POST /networks/open/disconnect HTTP/1.1"), "\(left)")
        #expect(left.calls.last == "release ddd4 f2open")
        let stranger = try await Self.ask("POST", "/networks/open/connect", #"{"Container":"none"}"#)
        #expect(stranger.status == 404 && !stranger.calls.contains { $0.hasPrefix("attach") }, "\(stranger)")
        for verb in ["connect", "disconnect"] {
            let engines = try await Self.ask("POST", "/networks/mine/\(verb)", #"{ "Container":"box"}"#)
            #expect(engines.text.contains("POST /networks/mine/\(verb)") && engines.text.contains(#"{ "Container":"box"}"#))
        }
    }
}
