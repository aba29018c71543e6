import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmRPC
import Testing

@testable import SwarmAgent

@Suite("A worker whose swarmd begins again", .timeLimit(.minutes(3)))
struct WorkerRestartTests {
    @Test("containers run on and are taken up again without a manager")
    func adoption() async throws {
        try await WorkerBed.with { bed in
            let task = TaskRecord.sample()
            await bed.assign(task, complete: true)
            let before = try await bed.wait(for: task.id, .running)
            await bed.crash()
            #expect(await bed.engine.container(of: task.id)?.state == "running")
            bed.begin()
            let after = try await bed.wait(for: task.id, .running)
            #expect(after.container == before.container)
            #expect(await bed.engine.container(of: task.id)?.starts == 1)
            await bed.engine.end(task.id, code: 2)
            let ended = try await bed.wait(for: task.id, .failed)
            #expect(ended.error == "task: non-zero exit (2)")
        }
    }

    @Test("what opens a registry is never on the disk")
    func registries() async throws {
        try await WorkerBed.with { bed in
            var task = TaskRecord.sample()
            task.registryAuth = "b3BlbiBzZXNhbWU"
            task.spec.container?.registryAuthentication = task.registryAuth
            await bed.assign(task, complete: true)
            _ = try await bed.wait(for: task.id, .running)
            let kept = try #require(FileManager.default.contents(atPath: bed.folder + "/state/" + task.id))
            let text = String(decoding: kept, as: UTF8.self)
            #expect(text.contains(task.id) && !text.contains("b3BlbiBzZXNhbWU"))
        }
    }

    @Test("what ended while swarmd was away is told as it ended")
    func endedMeanwhile() async throws {
        try await WorkerBed.with { bed in
            let task = TaskRecord.sample()
            await bed.assign(task, complete: true)
            _ = try await bed.wait(for: task.id, .running)
            await bed.crash()
            await bed.engine.end(task.id, code: 0)
            bed.begin()
            let ended = try await bed.wait(for: task.id, .complete)
            #expect(ended.message == "finished")
        }
    }

    @Test("at whichever moment it ends, each task runs in the end, in one container that was started once")
    func anyMoment() async throws {
        try await WorkerBed.with { bed in
            await bed.engine.set(registry: ["busybox:latest"], pullTime: .milliseconds(3))
            let names = Array("abcdefghijklmnopqrstuvwx")
            for (index, name) in names.enumerated() {
                let task = TaskRecord.sample(name)
                await bed.assign(task)
                try await Task.sleep(for: .milliseconds(index))
                await bed.crash()
                bed.begin()
            }
            for name in names {
                let task = TaskRecord.sample(name)
                _ = try await bed.wait(for: task.id, .running)
                let found = await bed.engine.container(of: task.id)
                let container = try #require(found)
                #expect(container.starts == 1)
            }
            #expect(await bed.engine.containers.count == names.count)
        }
    }

    @Test("a task that was stopped stays so")
    func stopped() async throws {
        try await WorkerBed.with { bed in
            let task = TaskRecord.sample()
            await bed.assign(task, complete: true)
            _ = try await bed.wait(for: task.id, .running)
            await bed.assign(task.with(desired: .shutdown))
            _ = try await bed.wait(for: task.id, .shutdown)
            await bed.crash()
            bed.begin()
            _ = try await bed.wait(for: task.id, .shutdown)
            try await Task.sleep(for: .milliseconds(50))
            #expect(await bed.status(of: task.id)?.state == .shutdown)
            #expect(await bed.engine.container(of: task.id)?.starts == 1)
        }
    }

    @Test("containers of tasks that nobody knows go, once a manager has told all there is, and not before")
    func strangers() async throws {
        try await WorkerBed.with { bed in
            let (kept, lost) = (TaskRecord.sample("a"), TaskRecord.sample("b"))
            await bed.assign(kept, lost, complete: true)
            for task in [kept, lost] { _ = try await bed.wait(for: task.id, .running) }
            await bed.crash()
            try FileManager.default.removeItem(atPath: bed.folder + "/state/" + lost.id)
            bed.begin()
            _ = try await bed.wait(for: kept.id, .running)
            try await Task.sleep(for: .milliseconds(50))
            #expect(await bed.engine.container(of: lost.id) != nil)
            await bed.assign(kept, complete: true)
            _ = try await bed.wait("the stranger to go") { await bed.engine.container(of: lost.id) == nil ? true : nil }
            #expect(await bed.engine.container(of: kept.id)?.state == "running")
        }
    }

    @Test("a task that has got further in the managers' eyes is not begun anew where its container is lost")
    func lostContainer() async throws {
        try await WorkerBed.with { bed in
            var task = TaskRecord.sample()
            task.status.state = .running
            await bed.assign(task, complete: true)
            let ended = try await bed.wait(for: task.id, .failed)
            #expect(ended.error.hasPrefix("No such container: "))
            #expect(await bed.engine.count("create") == 0)
        }
    }

    @Test("a file that was cut off does not keep the others from being taken up")
    func tornFile() async throws {
        try await WorkerBed.with { bed in
            let (whole, torn) = (TaskRecord.sample("a"), TaskRecord.sample("b"))
            await bed.assign(whole, torn, complete: true)
            for task in [whole, torn] { _ = try await bed.wait(for: task.id, .running) }
            await bed.crash()
            try Data().write(to: URL(filePath: bed.folder + "/state/" + torn.id))
            bed.begin()
            _ = try await bed.wait(for: whole.id, .running)
            await bed.assign(whole, torn)
            _ = try await bed.wait(for: torn.id, .running)
            #expect(await bed.engine.container(of: torn.id)?.starts == 1)
        }
    }

    @Test("leaving the swarm takes its containers, files and tasks along")
    func leaving() async throws {
        try await WorkerBed.with { bed in
            let task = TaskRecord.sample()
            await bed.assign(task, complete: true)
            _ = try await bed.wait(for: task.id, .running)
            await bed.crash()
            await bed.worker.removeAll()
            #expect(await bed.engine.containers.isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: bed.folder + "/state").isEmpty)
        }
    }

    @Test("a session begins with the statuses of all tasks, then tells what changes")
    func statuses() async throws {
        try await WorkerBed.with { bed in
            let task = TaskRecord.sample()
            await bed.assign(task, complete: true)
            _ = try await bed.wait(for: task.id, .running)
            for _ in 0..<2 {
                var signals = await bed.worker.beginStatuses().makeAsyncIterator()
                await signals.next()
                #expect(await bed.worker.takeStatuses(10).map(\.status.state) == [.running])
                #expect(await bed.worker.takeStatuses(10).isEmpty)
            }
            var signals = await bed.worker.beginStatuses().makeAsyncIterator()
            await signals.next()
            _ = await bed.worker.takeStatuses(10)
            await bed.engine.end(task.id, code: 1)
            await signals.next()
            #expect(await bed.worker.takeStatuses(10).map(\.status.state) == [.failed])
        }
    }
}
