import DockerAPI
import FoundationEssentials
import SwarmModel
import Testing

@testable import SwarmAgent

@Suite("Secrets and configs of tasks", .timeLimit(.minutes(1)))
struct SecretFileTests {
    private static let secret = TaskData(
        .secret, id: String(repeating: "1", count: 25), now: Timestamp(nanoseconds: 0), name: "password", labels: [:],
        data: Data("hunter2".utf8).base64EncodedString())
    private static let config = TaskData(
        .config, id: String(repeating: "2", count: 25), now: Timestamp(nanoseconds: 0), name: "site", labels: [:],
        data: Data(#"{{.Task.Slot}} {{secret "password"}} {{env "MODE"}} {{.Node.Hostname}}"#.utf8).base64EncodedString(),
        templating: LogDriver(name: "golang"))

    private static func task(_ id: Character = "a") -> TaskRecord {
        .sample(id) {
            $0.environment = ["MODE=fast"]
            $0.secrets = [
                SecretReference(
                    file: FileTarget(name: "password", uid: "0", gid: "0", mode: 0o400), secretID: secret.id,
                    secretName: "password")
            ]
            $0.configs = [
                ConfigReference(file: FileTarget(name: "/etc/site.conf"), configID: config.id, configName: "site")
            ]
        }
    }

    @Test(
        "they are files in memory, mounted where they belong, and gone with the task; what is kept of the task has none of them")
    func files() async throws {
        try await WorkerBed.with { bed in
            let task = Self.task()
            await bed.assign(task, data: [Self.secret, Self.config], complete: true)
            _ = try await bed.wait(for: task.id, .running)
            let found = await bed.engine.container(of: task.id)
            let container = try #require(found)
            let listed = container.configuration["HostConfig"]?.object?["Mounts"]?.array ?? []
            let mounts = listed.compactMap(\.object)
            #expect(mounts.map { $0["Target"]?.string } == ["/run/secrets/password", "/etc/site.conf"])
            #expect(mounts.allSatisfy { $0["ReadOnly"] == .bool(true) && $0["Type"] == .string("bind") })
            let paths = mounts.compactMap { $0["Source"]?.string }
            let contents = try paths.map { String(decoding: try Data(contentsOf: URL(filePath: $0)), as: UTF8.self) }
            #expect(contents == ["hunter2", "1 hunter2 fast host-1"])
            let modes = try paths.map { try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int }
            #expect(modes == [0o400, 0o444])
            #expect(paths.allSatisfy { FileStatus.isInMemory($0) })
            let kept = try Data(contentsOf: URL(filePath: bed.folder + "/state/" + task.id))
            #expect(!String(decoding: kept, as: UTF8.self).contains(Self.secret.data))
            await bed.assign(task.with(desired: .shutdown))
            _ = try await bed.wait(for: task.id, .shutdown)
            _ = try await bed.wait("the files to go") { paths.contains { FileStatus.exists($0) } ? nil : true }
        }
    }

    @Test("after a restart of the host a task waits for its secrets until a manager brings them")
    func restartOfHost() async throws {
        try await WorkerBed.with { bed in
            let task = Self.task()
            await bed.engine.set(registry: [], pullTime: .milliseconds(100))
            await bed.assign(task, data: [Self.secret, Self.config])
            await bed.crash()
            bed.begin()
            try await Task.sleep(for: .milliseconds(300))
            #expect(await bed.engine.count("create") == 0)
            await bed.assign(task, data: [Self.secret, Self.config], complete: true)
            _ = try await bed.wait(for: task.id, .running)
        }
    }

    @Test("a task whose secret nobody has is rejected, without a word of others")
    func missing() async throws {
        try await WorkerBed.with { bed in
            let task = Self.task()
            await bed.assign(task, data: [Self.config], complete: true)
            let ended = try await bed.wait(for: task.id, .rejected)
            #expect(ended.error == "secret password is not available on this node")
        }
    }
}
