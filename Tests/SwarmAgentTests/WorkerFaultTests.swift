import DockerAPI
import SwarmModel
import SwarmRPC
import Testing

@testable import SwarmAgent

@Suite("A worker when things go wrong", .timeLimit(.minutes(2)))
struct WorkerFaultTests {
    @Test(
        "whose answer to which call is lost does not matter: the task runs, started once",
        arguments: ["create", "start", "inspect", "pull"])
    func lostAnswers(call: String) async throws {
        for fault in [FakeEngine.Fault.breakAfter, .breakBefore] {
            try await WorkerBed.with { bed in
                await bed.engine.fail(call, fault)
                let task = TaskRecord.sample()
                await bed.assign(task, complete: true)
                _ = try await bed.wait(for: task.id, .running)
                #expect(await bed.engine.container(of: task.id)?.starts == 1)
                #expect(await bed.engine.containers.count == 1)
            }
        }
    }

    @Test("an engine that cannot be reached is waited for, without a change of state")
    func engineAway() async throws {
        try await WorkerBed.with { bed in
            await bed.engine.stop()
            let task = TaskRecord.sample()
            await bed.assign(task, complete: true)
            _ = try await bed.wait(for: task.id, .preparing)
            try await Task.sleep(for: .milliseconds(100))
            #expect(await bed.status(of: task.id)?.state == .preparing)
            try await bed.engine.start()
            _ = try await bed.wait(for: task.id, .running)
        }
    }

    @Test("what an engine refuses is told: before the start it is a rejection, at the start a failure")
    func refusals() async throws {
        try await WorkerBed.with { bed in
            let (first, second) = (TaskRecord.sample("a"), TaskRecord.sample("b"))
            await bed.engine.fail("create", .refuse(500, "no space left on device"))
            await bed.assign(first, complete: true)
            let ended = try await bed.wait(for: first.id, .rejected)
            #expect(ended.error == "no space left on device")
            await bed.engine.fail("start", .refuse(500, "port is already allocated"))
            await bed.assign(second)
            let failed = try await bed.wait(for: second.id, .failed)
            #expect(failed.error == "starting container failed: port is already allocated")
            #expect(failed.message == "starting")
            await bed.withdraw(first.id, second.id)
            _ = try await bed.wait("no container to be left") { await bed.engine.containers.isEmpty ? true : nil }
        }
    }

    @Test("a container that ended while the engine's events were cut off is noticed")
    func gap() async throws {
        try await WorkerBed.with { bed in
            let task = TaskRecord.sample()
            await bed.assign(task, complete: true)
            _ = try await bed.wait(for: task.id, .running)
            await bed.engine.stop(endingContainers: true)
            try await bed.engine.start()
            let ended = try await bed.wait(for: task.id, .failed)
            #expect(ended.error == "task: non-zero exit (137)")
        }
    }

    @Test("a container that somebody removes has failed")
    func vanished() async throws {
        try await WorkerBed.with { bed in
            let task = TaskRecord.sample()
            await bed.assign(task, complete: true)
            _ = try await bed.wait(for: task.id, .running)
            await bed.engine.vanish(task.id)
            let ended = try await bed.wait(for: task.id, .failed)
            // Whichever is known first: that it was killed, or that it is not there.
            #expect(ended.error == "task: non-zero exit (137)" || ended.error.hasPrefix("No such container: "), "\(ended.error)")
        }
    }

    @Test("a pull that takes long ends with the task, which can be stopped meanwhile")
    func slowPull() async throws {
        try await WorkerBed.with { bed in
            await bed.engine.set(registry: ["slow:latest"], pullTime: .seconds(100))
            let task = TaskRecord.sample(image: "slow")
            await bed.assign(task, complete: true)
            _ = try await bed.wait("the pull") { await bed.engine.count("pull") == 1 ? true : nil }
            await bed.assign(task.with(desired: .shutdown))
            let ended = try await bed.wait(for: task.id, .shutdown)
            #expect(ended.container == nil)
            #expect(await bed.engine.count("create") == 0)
        }
    }

    @Test("tasks that want the same image at the same time share one pull")
    func sharedPull() async throws {
        try await WorkerBed.with { bed in
            await bed.engine.set(registry: ["app:1"], pullTime: .milliseconds(200))
            let tasks = ["a", "b", "c"].map { TaskRecord.sample($0, image: "app:1") }
            await bed.assign(tasks[0], tasks[1], tasks[2], complete: true)
            for task in tasks { _ = try await bed.wait(for: task.id, .running) }
            #expect(await bed.engine.count("pull") == 1)
        }
    }

    @Test("a registry is shown what the task has for it")
    func registryAuth() async throws {
        try await WorkerBed.with { bed in
            await bed.engine.set(registry: ["private/app:1"])
            var task = TaskRecord.sample(image: "private/app:1")
            task.registryAuth = "eyJ1c2VybmFtZSI6ImEifQ=="
            await bed.assign(task, complete: true)
            _ = try await bed.wait(for: task.id, .running)
            #expect(await bed.engine.auths == ["eyJ1c2VybmFtZSI6ImEifQ=="])
        }
    }

    @Test("with a health check a task runs once it is healthy, and is stopped when it is not")
    func health() async throws {
        try await WorkerBed.with { bed in
            let task = TaskRecord.sample { $0.healthcheck = Healthcheck(test: ["CMD", "true"]) }
            await bed.assign(task, complete: true)
            _ = try await bed.wait("the start") { await bed.status(of: task.id)?.container?.pid ?? 0 > 0 ? true : nil }
            #expect(await bed.status(of: task.id)?.state == .starting)
            await bed.engine.set(health: "healthy", of: task.id)
            _ = try await bed.wait(for: task.id, .running)
            await bed.engine.set(health: "unhealthy", of: task.id)
            let failed = try await bed.wait(for: task.id, .failed)
            #expect(failed.error == "task: non-zero exit (143): dockerexec: unhealthy container")
        }
    }

    @Test("what crashed at once while the engine's answer was lost is not started again")
    func crashWithLostAnswer() async throws {
        try await WorkerBed.with { bed in
            await bed.engine.set(exit: 3, of: "busybox", tells: false)
            await bed.engine.fail("start", .breakAfter)
            let task = TaskRecord.sample()
            await bed.assign(task, complete: true)
            let ended = try await bed.wait(for: task.id, .failed)
            #expect(ended.error == "task: non-zero exit (3)")
            #expect(await bed.engine.container(of: task.id)?.starts == 1)
        }
    }
}
