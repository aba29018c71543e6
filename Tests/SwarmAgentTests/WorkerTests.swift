import DockerAPI
import SwarmModel
import SwarmRPC
import Testing

@testable import SwarmAgent

@Suite("A worker and its engine", .timeLimit(.minutes(2)))
struct WorkerTests {
    @Test("a task runs, is stopped, and its container stays until the task is withdrawn")
    func life() async throws {
        try await WorkerBed.with { bed in
            let task = TaskRecord.sample()
            await bed.assign(task, complete: true)
            let running = try await bed.wait(for: task.id, .running)
            #expect(running.message == "started")
            #expect(running.container?.pid == 4711)
            #expect(running.container?.id == (await bed.engine.container(of: task.id))?.id)
            await bed.assign(task.with(desired: .shutdown))
            let stopped = try await bed.wait(for: task.id, .shutdown)
            #expect(stopped.message == "shutdown")
            #expect(stopped.container?.exitCode == 143)
            #expect(await bed.engine.container(of: task.id)?.state == "exited")
            await bed.withdraw(task.id)
            _ = try await bed.wait("the container to go") { await bed.engine.container(of: task.id) == nil ? true : nil }
            _ = try await bed.wait("the task to be forgotten") { await bed.status(of: task.id) == nil ? true : nil }
            #expect(await bed.engine.count("start") == 1)
        }
    }

    @Test("one call each makes, starts and looks at a container")
    func calls() async throws {
        try await WorkerBed.with { bed in
            await bed.assign(.sample(), complete: true)
            _ = try await bed.wait(for: TaskRecord.sample().id, .running)
            for call in ["pull", "create", "start", "inspect"] { #expect(await bed.engine.count(call) == 1, "\(call)") }
        }
    }

    @Test("a task that is only to be ready is not started before it is to run")
    func ready() async throws {
        try await WorkerBed.with { bed in
            let task = TaskRecord.sample(desired: .ready)
            await bed.assign(task, complete: true)
            let ready = try await bed.wait(for: task.id, .ready)
            #expect(ready.message == "prepared")
            try await Task.sleep(for: .milliseconds(50))
            #expect(await bed.engine.count("start") == 0)
            await bed.assign(task.with(desired: .running))
            _ = try await bed.wait(for: task.id, .running)
        }
    }

    @Test("what ends well is complete, what ends badly has failed", arguments: [(0, ""), (3, "task: non-zero exit (3)")])
    func exits(code: Int, error: String) async throws {
        try await WorkerBed.with { bed in
            await bed.engine.set(exit: code, of: "busybox")
            let task = TaskRecord.sample()
            await bed.assign(task, complete: true)
            let status = try await bed.wait(for: task.id, code == 0 ? .complete : .failed)
            #expect(status.message == (code == 0 ? "finished" : "started"))
            #expect(status.error == error)
            #expect(status.container?.exitCode == code)
            // No second attempt: what follows is the managers' to decide.
            try await Task.sleep(for: .milliseconds(100))
            #expect(await bed.engine.count("start") == 1)
        }
    }

    @Test("an image that nobody has rejects the task in the engine's words, after one pull")
    func noImage() async throws {
        try await WorkerBed.with { bed in
            let task = TaskRecord.sample(image: "nothere")
            await bed.assign(task, complete: true)
            let status = try await bed.wait(for: task.id, .rejected)
            #expect(status.error == "No such image: nothere:latest")
            #expect(status.message == "preparing")
            try await Task.sleep(for: .milliseconds(100))
            #expect(await bed.engine.count("pull") == 1)
        }
    }
}
