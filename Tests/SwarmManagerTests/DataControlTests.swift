import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmStore
import Testing

@testable import SwarmManager

/// What people may do with secrets and configs.
@Suite struct DataControlTests {
    private let bed = ControlBed()
    private var control: Control { bed.control }

    private func invalid(_ text: String) -> APIError { APIError(400, "rpc error: code = InvalidArgument desc = " + text) }

    @Test func theDataOfASecretIsNeverShown() async throws {
        try await bed.createData(.secret, "s", "hidden")
        try await bed.createData(.config, "c", "open")
        #expect(try await control.data(.secret, "s").spec.data == nil)
        #expect(try await control.data(.secret).map(\.spec.data) == [nil])
        let shown = try #require(try await control.data(.config, "c").spec.data)
        #expect(Data(base64Encoded: shown) == Data("open".utf8))
        #expect(try await control.data(.config, "c").spec.labels == [:])
    }

    @Test(arguments: TaskData.Kind.allCases) func aNameIsTakenOnlyOnce(kind: TaskData.Kind) async throws {
        let id = try await bed.createData(kind, "x")
        #expect(
            await refusal { try await bed.createData(kind, "x") }
                == APIError(409, "rpc error: code = AlreadyExists desc = \(kind.noun) x already exists"))
        try await control.removeData(kind, String(id.prefix(10)))
        #expect(await refusal { _ = try await control.data(kind, "x") } == APIError(404, "\(kind.noun) x not found"))
        try await bed.createData(kind, "x")
        // Secrets and configs have names of their own.
        try await bed.createData(kind == .secret ? .config : .secret, "x")
    }

    @Test(arguments: TaskData.Kind.allCases) func namesAndSizesHaveLimits(kind: TaskData.Kind) async throws {
        let limit = kind == .secret ? 512_000 : 1_024_000
        let size = invalid("\(kind.noun) data must be larger than 0 and less than \(limit) bytes")
        #expect(await refusal { try await bed.createData(kind, "x", "") } == size)
        #expect(await refusal { try await bed.createData(kind, "x", String(repeating: "x", count: limit)) } == size)
        try await bed.createData(kind, "x", String(repeating: "x", count: limit - 1))
        #expect(await refusal { try await bed.createData(kind, "") } == invalid("name must be provided"))
        let name = invalid(
            "invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]")
        for text in ["-a", "a-", "a b", "ä", ".", String(repeating: "a", count: 65)] {
            #expect(await refusal { try await bed.createData(kind, text) } == name)
        }
        for text in ["a", "a.b-c_d", String(repeating: "a", count: 64)] { try await bed.createData(kind, text) }
        #expect(
            await refusal { _ = try await control.createData(kind, SwarmDataSpec(name: "y", data: "?")) }?.status == 400)
    }

    @Test(arguments: TaskData.Kind.allCases) func onlyLabelsChange(kind: TaskData.Kind) async throws {
        try await bed.createData(kind, "x", "same")
        let first = try await control.data(kind, "x")
        let only = invalid("only updates to Labels are allowed")
        func update(_ spec: SwarmDataSpec) async -> APIError? {
            await refusal { try await control.updateData(kind, "x", version: first.version.index, spec: spec) }
        }
        #expect(await update(SwarmDataSpec(name: "y")) == only)
        #expect(await update(SwarmDataSpec(name: "x", data: Data("other".utf8).base64EncodedString())) == only)
        let same = Data("same".utf8).base64EncodedString()
        #expect(await update(SwarmDataSpec(name: "x", labels: ["a": "b"], data: same)) == nil)
        #expect(try await control.data(kind, "x").spec.labels == ["a": "b"])
        #expect(await update(SwarmDataSpec(name: "x")) == .outOfSequence)
    }

    @Test func whatServicesUseStays() async throws {
        let id = try await bed.createData(.secret, "s")
        for name in ["b", "a"] {
            try await bed.create(name) { $0.taskTemplate.container?.secrets = [ControlBed.secret(id, "s")] }
        }
        #expect(
            await refusal { try await control.removeData(.secret, "s") }
                == invalid("secret 's' is in use by the following services: a, b"))
        try await control.removeService("a")
        #expect(
            await refusal { try await control.removeData(.secret, "s") }
                == invalid("secret 's' is in use by the following service: b"))
        try await bed.update("b") { $0.taskTemplate.container?.secrets = nil }
        try await control.removeData(.secret, "s")
        // What a rollback would bring back is not there any more.
        #expect(await refusal { try await bed.update("b", isRollback: true) } == invalid("secret not found: s"))
    }

    @Test func referencesMustBeThere() async throws {
        let id = try await bed.createData(.secret, "s")
        func create(_ references: [SecretReference]) async -> APIError? {
            await refusal { try await bed.create("x") { $0.taskTemplate.container?.secrets = references } }
        }
        #expect(await create([ControlBed.secret("nope", "s")]) == invalid("secret not found: s"))
        // The ID of one and the name of another is neither.
        #expect(await create([ControlBed.secret(id, "t")]) == invalid("secret not found: t"))
        #expect(
            await create([ControlBed.secret("1", "a"), ControlBed.secret("2", "b")]) == invalid("secrets not found: a, b"))
        #expect(
            await create([ControlBed.secret(id, "s", at: "/x"), ControlBed.secret(id, "s", at: "/x")])
                == invalid("secret references 's' and 's' have a conflicting target: '/x'"))
        #expect(await create([SecretReference(secretID: id)]) == invalid("malformed secret reference"))
        #expect(
            await create([SecretReference(secretID: id, secretName: "s")])
                == invalid("malformed secret reference, no target provided"))
        #expect(await create([ControlBed.secret(id, "s", at: "one"), ControlBed.secret(id, "s", at: "two")]) == nil)
    }

    @Test func aServiceNeverRefersToWhatIsRemovedAtTheSameMoment() async throws {
        // Removed while the service is made.
        let store = InterruptedStore({ _ in })
        let bed = ControlBed(store)
        var id = try await bed.createData(.secret, "s")
        store.interrupt { base in try await ControlBed(base).control.removeData(.secret, "s") }
        @Sendable func use(_ id: String) -> (inout ServiceSpec) -> Void {
            { $0.taskTemplate.container?.secrets = [ControlBed.secret(id, "s")] }
        }
        #expect(await refusal { try await bed.create("web", use(id)) } == invalid("secret not found: s"))
        // Made while the secret is removed: by the first service that uses any, and by another.
        id = try await bed.createData(.secret, "s")
        for name in ["one", "two"] {
            let used = id
            store.interrupt { base in try await ControlBed(base).create(name, use(used)) }
            let refused = await refusal { try await bed.control.removeData(.secret, "s") }
            #expect(refused == invalid("secret 's' is in use by the following service: \(name)"))
            try await bed.control.removeService(name)
        }
        try await bed.control.removeData(.secret, "s")
    }
}
