import DockerAPI
import FoundationEssentials
import SeededRandom
import SwarmModel
import Testing

@testable import SwarmManager

/// What is refused of a service, in Docker's words, and that nothing else happens to those who send anything at all.
@Suite struct ServiceValidationTests {
    private static func refused(_ json: String) async throws -> APIError? {
        let text =
            json.hasPrefix("{\"Name\"") || json == "{}"
            ? json : #"{"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"nginx"}},"# + json.dropFirst()
        let spec = try JSONDecoder().decode(ServiceSpec.self, from: Data(text.utf8))
        let bed = ControlBed()
        return await refusal { _ = try await bed.control.createService(spec) }
    }

    private static func named(_ name: String) -> String {
        #"{"Name":"\#(name)","TaskTemplate":{"ContainerSpec":{"Image":"nginx"}}}"#
    }

    private static func template(_ json: String) -> String {
        #"{"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"nginx"},\#(json)}}"#
    }

    private static func container(_ json: String) -> String {
        #"{"Name":"web","TaskTemplate":{"ContainerSpec":{\#(json)}}}"#
    }

    /// By managers.
    @Test(
        arguments: [
            (named("a b"), "name must be valid as a DNS name component"),
            (named("-a"), "name must be valid as a DNS name component"),
            (named("a."), "name must be valid as a DNS name component"),
            (named(String(repeating: "a", count: 64)), "name must be 63 characters or fewer"),
            (container(""), "ContainerSpec: image reference must be provided"),
            (container(#""Image":"UPPER""#), #"ContainerSpec: "UPPER" is not a valid repository/tag"#),
            (container(#""Image":"a:b:c""#), #"ContainerSpec: "a:b:c" is not a valid repository/tag"#),
            (
                container(#""Image":"a","Mounts":[{"Type":"tmpfs","Target":"/x"},{"Type":"tmpfs","Target":"/x"}]"#),
                "ContainerSpec: duplicate mount point: /x"
            ),
            (
                container(#""Image":"a","Healthcheck":{"Interval":1}"#),
                "ContainerSpec: Interval in HealthConfig cannot be less than 1ms"
            ),
            (
                container(#""Image":"a","Healthcheck":{"Retries":-1}"#),
                "ContainerSpec: Retries in HealthConfig cannot be negative"
            ),
            (
                container(
                    #""Image":"a","Configs":[{"ConfigID":"1","ConfigName":"c","File":{"Name":"f"}},{"ConfigID":"2","ConfigName":"d","File":{"Name":"f"}}]"#
                ), "config references 'c' and 'd' have a conflicting target: 'f'"
            ),
            (
                container(#""Image":"a","Privileges":{"CredentialSpec":{"Config":"c"}}"#),
                "CredentialSpec references config 'c', but that config isn't in config references with RuntimeTarget"
            ),
            (
                container(#""Image":"a","Env":["A={{.Foo}}"]"#),
                #"expanding env failed: expanding env "A={{.Foo}}": template: expansion:1:2: executing "expansion" at <.Foo>: can't evaluate field Foo in type *template.Context"#
            ),
            (
                container(#""Image":"a","Env":["A={{.Node.Platform.Foo}}"]"#),
                #"expanding env failed: expanding env "A={{.Node.Platform.Foo}}": template: expansion:1:7: executing "expansion" at <.Node.Platform.Foo>: can't evaluate field Foo in type template.Platform"#
            ),
            (
                container(#""Image":"a","Env":["A={{.Task.Foo}}"]"#),
                #"expanding env failed: expanding env "A={{.Task.Foo}}": template: expansion:1:7: executing "expansion" at <.Task.Foo>: can't evaluate field Foo in type struct { ID string; Name string; Slot string }"#
            ),
            (
                container(#""Image":"a","Env":["A={{upper \"a\"}}"]"#),
                #"expanding env failed: expanding env "A={{upper \"a\"}}": template: expansion:1: function "upper" not defined"#
            ),
            (
                container(#""Image":"a","Env":["A={{join}}"]"#),
                #"expanding env failed: expanding env "A={{join}}": template: expansion:1:2: executing "expansion" at <join>: error calling join: runtime error: slice bounds out of range [1:0]"#
            ),
            (
                container(#""Image":"a","Hostname":"{{.Node.Hostname}}-{{.Foo}}""#),
                #"expanding hostname failed: template: expansion:1:21: executing "expansion" at <.Foo>: can't evaluate field Foo in type *template.Context"#
            ),
            (
                container(#""Image":"a","Mounts":[{"Type":"volume","Source":"{{.Foo}}","Target":"/a"}]"#),
                #"expanding mounts failed: expanding mount source "{{.Foo}}": template: expansion:1:2: executing "expansion" at <.Foo>: can't evaluate field Foo in type *template.Context"#
            ),
            (
                container(
                    #""Image":"a","Mounts":[{"Type":"volume","Source":"a","Target":"/a","VolumeOptions":{"Labels":{"x":"{{"}}}]"#),
                #"expanding mounts failed: expanding volume labels: expanding map entry "x"="{{": template: expansion:1: unclosed action"#
            ),
            (
                container(
                    #""Image":"a","Mounts":[{"Type":"tmpfs","Target":"/{{.Task.Slot}}"},{"Type":"tmpfs","Target":"/1"}]"#),
                "ContainerSpec: duplicate mount point: /1"
            ),
            (template(#""Resources":{"Limits":{"NanoCPUs":100000}}"#), "invalid cpu value 0.0001: Must be at least 0.001"),
            (template(#""Resources":{"Limits":{"NanoCPUs":1000}}"#), "invalid cpu value 1e-06: Must be at least 0.001"),
            (template(#""Resources":{"Reservations":{"NanoCPUs":-1000000000}}"#), "invalid cpu value -1: Must be at least 0.001"),
            (template(#""Resources":{"Reservations":{"MemoryBytes":1}}"#), "invalid memory value 1: Must be at least 4MiB"),
            (template(#""RestartPolicy":{"Delay":-1}"#), "TaskSpec: restart-delay cannot be negative"),
            (template(#""RestartPolicy":{"Window":-1}"#), "TaskSpec: restart-window cannot be negative"),
            (#"{"UpdateConfig":{"Delay":-1}}"#, "TaskSpec: update-delay cannot be negative"),
            (#"{"UpdateConfig":{"Monitor":-1}}"#, "TaskSpec: update-monitor cannot be negative"),
            (
                #"{"UpdateConfig":{"MaxFailureRatio":1.5}}"#,
                "TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1"
            ),
            (#"{"Mode":{"GlobalJob":{}},"UpdateConfig":{}}"#, "Jobs may not have an update config"),
            (#"{"Mode":{"Replicated":{"Replicas":18446744073709551615}}}"#, "Number of replicas must be non-negative"),
            (
                #"{"EndpointSpec":{"Ports":[{"PublishedPort":80},{"PublishedPort":80,"PublishMode":"host"}]}}"#,
                "EndpointSpec: duplicate published ports provided"
            ),
            (
                #"{"EndpointSpec":{"Mode":"dnsrr","Ports":[{"TargetPort":80}]}}"#,
                "EndpointSpec: port published with ingress mode can't be used with dnsrr mode"
            ),
        ])
    func managersRefuse(json: String, text: String) async throws {
        #expect(try await Self.refused(json) == APIError(400, "rpc error: code = InvalidArgument desc = " + text))
    }

    /// Before a manager sees it.
    @Test(
        arguments: [
            ("{}", 400, "mismatched Runtime and *Spec fields"),
            (template(#""Runtime":"plugin""#), 500, #"runtime type "plugin" only supported in experimental"#),
            (template(#""Runtime":"attachment""#), 400, "unsupported Runtime"),
            (template(#""RestartPolicy":{"Condition":"x"}"#), 400, #"invalid RestartCondition: "x""#),
            (template(#""Networks":[{"Target":"x"}]"#), 404, "network x not found"),
            (
                template(#""Networks":[{"Target":"none"}]"#), 404,
                "could not find the corresponding predefined swarm network: network none not found"
            ),
            (
                template(#""Placement":{"Constraints":["node.role"]}"#), 500,
                "rpc error: code = Unknown desc = constraint expected one operator from ==, !="
            ),
            (
                template(#""Placement":{"Constraints":["?==b"]}"#), 500,
                "rpc error: code = Unknown desc = key '?' is invalid"
            ),
            (#"{"Mode":{"Global":{},"Replicated":{}}}"#, 400, "must specify only one service mode"),
            (#"{"Mode":{"global":{},"replicated":{}}}"#, 400, "must specify only one service mode"),
            (#"{"UpdateConfig":{"FailureAction":"x"}}"#, 400, "unrecognized update failure action x"),
            (#"{"RollbackConfig":{"Order":"x"}}"#, 400, "unrecognized update order x"),
            (#"{"EndpointSpec":{"Mode":"x"}}"#, 400, #"invalid resolution mode: "x""#),
            (container(#""Image":"a","Mounts":[{"Type":"x","Target":"/x"}]"#), 400, #"invalid MountType: "x""#),
            (container(#""Image":"a","Configs":[{"ConfigID":"1"}]"#), 400, "either File or Runtime should be set"),
            (
                container(#""Image":"a","Privileges":{"CredentialSpec":{"Config":"c","File":"f"}}"#), 400,
                "cannot specify both config and file credential specs"
            ),
        ] as [(String, Int, String)])
    func theEngineRefuses(json: String, status: Int, text: String) async throws {
        #expect(try await Self.refused(json) == APIError(status, text))
    }

    @Test(
        arguments: [
            template(#""Networks":[{"Target":"host"}]"#), template(#""Networks":[{"Target":"bridge"}]"#),
            #"{"Mode":{"Replicated":{"Replicas":0}}}"#, #"{"Mode":{"replicated":{"Replicas":0}}}"#, #"{"Mode":{"Global":{}}}"#,
            #"{"Mode":{"GlobalJob":{}}}"#,
            #"{"EndpointSpec":{"Mode":"dnsrr","Ports":[{"TargetPort":80,"PublishMode":"host"}]}}"#,
            #"{"EndpointSpec":{"Ports":[{"PublishedPort":53},{"PublishedPort":53,"Protocol":"udp"}]}}"#,
            #"{"UpdateConfig":{"Parallelism":0},"RollbackConfig":null,"Labels":null}"#,
            template(#""Resources":{"Limits":{"NanoCPUs":0,"MemoryBytes":4194304}}"#), named("a-_b"),
            container(#""Image":"a","Env":["{{.Foo}}=A","{{.Foo}}","A={{index .Service.Labels \"foo\"}}"]"#),
            container(#""Image":"a","Labels":{"a":"{{.Foo}}"},"Hostname":"{{.Task.Slot}}""#),
            #"{"Name":"web","Labels":{"foo":"a"},"TaskTemplate":{"ContainerSpec":{"Image":"a","Env":["A={{.Service.Labels.foo}}"]}}}"#,
        ])
    func whatSwarmModeTakesIsTaken(json: String) async throws {
        #expect(try await Self.refused(json) == nil)
    }

    @Test func templatesAreLookedAtWhenAServiceIsUpdatedToo() async throws {
        let bed = ControlBed()
        try await bed.create("web")
        let refused = await refusal { try await bed.update("web") { $0.taskTemplate.container?.environment = ["A={{"] } }
        #expect(
            refused
                == .remote(
                    .invalidArgument,
                    #"expanding env failed: expanding env "A={{": template: expansion:1: unclosed action"#))
    }

    @Test func aNameAndAModeStay() async throws {
        let bed = ControlBed()
        try await bed.create("web")
        #expect(
            await refusal { try await bed.update("web") { $0.mode = ServiceMode(global: .init()) } }
                == APIError(501, "rpc error: code = Unimplemented desc = service mode change is not allowed"))
        #expect(
            await refusal { try await bed.update("web") { $0.name = "other" } }
                == APIError(501, "rpc error: code = Unimplemented desc = renaming services is not supported"))
    }

    @Test(
        arguments: [
            ("nginx", true), ("nginx:1.27", true), ("library/nginx", true), ("localhost:5000/a/b:c", true),
            ("registry.example.com/a_b/c__d/e-f---g", true), ("[::1]:5000/a", true), ("Host.example/a", true),
            ("a@sha256:" + String(repeating: "0", count: 64), true),
            ("a:b@sha256:" + String(repeating: "f", count: 64), true), ("a@sha256:00", false), ("a@", false), ("a:", false),
            ("", false), ("/a", false), ("a//b", false), ("a/", false), ("A", false), ("Host/a", true), ("a___b", false),
            ("a..b", false), ("-a", false), ("a:-b", false), ("a b", false), ("a:" + String(repeating: "b", count: 129), false),
            (String(repeating: "a", count: 256), false), (String(repeating: "0", count: 64), false), ("host:x/a", false),
            ("http://a", false), ("ä", false),
        ])
    func imagesHaveNamesThatRegistriesKnow(text: String, isValid: Bool) {
        #expect(ImageReference.isValid(text) == isValid)
    }

    /// Specs of which any part is replaced by something else are taken or refused as a request of a client, and never anything else.
    @Test func noSpecDoesHarm() async throws {
        let text = #"""
            {"Name":"web","Labels":{"a":"b"},"TaskTemplate":{"ContainerSpec":{"Image":"nginx","Env":["A=b"],"Mounts":[{"Type":
            "bind","Source":"/a","Target":"/b","BindOptions":{"Propagation":"rslave"}}],"Secrets":[{"File":{"Name":"x","Mode":292},
            "SecretID":"1","SecretName":"s"}],"Healthcheck":{"Test":["CMD","x"],"Interval":1000000000}},"Resources":{"Limits":{
            "NanoCPUs":1000000000}},"RestartPolicy":{"Condition":"any","Delay":5},"Placement":{"Constraints":["node.role==worker"],
            "Preferences":[{"Spread":{"SpreadDescriptor":"node.labels.a"}}]},"Networks":[{"Target":"host"}],"ForceUpdate":1},"Mode":
            {"Replicated":{"Replicas":2}},"UpdateConfig":{"Parallelism":2,"MaxFailureRatio":0.5},"EndpointSpec":{"Mode":"vip","Ports":
            [{"Protocol":"tcp","TargetPort":80,"PublishedPort":8080,"PublishMode":"ingress"}]}}
            """#
        let tokens = Self.tokens(text)
        let places = tokens.indices.filter { !"{}[],:".contains(tokens[$0]) }
        var (taken, refused) = (0, 0)
        let others = [
            "null", "0", "-1", "18446744073709551615", "1e400", "true", "\"\"", "\"\\u0000\"", "[]", "{}", "[null]", "[{}]",
            "\"=\"", "\"@:/\"", "{\"\":null}", "99999", "\"a\\uD800\"",
        ]
        var random = SeededRandom(seed: 11)
        for _ in 0..<3000 {
            var changed = tokens
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = places.randomElement(using: &random) ?? 0
                changed[place] = others.randomElement(using: &random) ?? ""
            }
            guard let spec = try? JSONDecoder().decode(ServiceSpec.self, from: Data(changed.joined().utf8)) else { continue }
            let bed = ControlBed()
            try await bed.put(TaskData(.secret, id: "1", now: ControlBed.time, name: "s", labels: [:], data: "eA=="))
            let response: ServiceResponse
            do {
                response = try await bed.control.createService(spec)
            } catch let error as APIError {
                #expect((400..<502).contains(error.status))
                refused += 1
                continue
            }
            // What is taken is shown, and can be sent back.
            let id = try #require(response.id)
            let shown = try await bed.control.service(id, defaults: true)
            _ = try JSONEncoder().encode(shown)
            try await bed.update(id) { $0.taskTemplate.forceUpdate = 7 }
            _ = try await bed.control.tasks(Filters())
            try await bed.control.removeService(id)
            taken += 1
        }
        // Else nothing would have been tried.
        #expect(taken > 50 && refused > 50, "\(taken) \(refused)")
    }

    /// The words of a JSON text: strings and numbers, and each mark between them.
    private static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var isString = false
        for character in text where character != "\n" {
            switch character {
            case "\"":
                if isString { tokens[tokens.count - 1].append(character) } else { tokens.append("\"") }
                isString.toggle()
            case _ where isString: tokens[tokens.count - 1].append(character)
            case " ": break
            case _ where character.isNumber && tokens.last?.last?.isNumber == true:
                tokens[tokens.count - 1].append(character)
            default: tokens.append(String(character))
            }
        }
        return tokens
    }
}
