import DockerAPI
import SwarmModel
import Testing

@testable import SwarmAgent

@Suite("A task's life")
struct TaskLifeTests {
    private static func life(_ state: TaskState, desired: TaskState) -> TaskLife {
        TaskLife(
            TaskRecord.Status(state: state, timestamp: Timestamp(nanoseconds: 0), message: ""), desired: desired,
            now: { Timestamp(nanoseconds: 1) })
    }

    @Test("whatever happens in whichever order, it never goes back, and ends once")
    func monotone() {
        let happenings: [(inout TaskLife) -> Void] = [
            { $0.prepared(container: "c") }, { $0.starting(container: "c", pid: 1) },
            { $0.started(container: "c", pid: 1, ports: nil) }, { $0.exited(container: "c", code: 0, cause: nil) },
            { $0.exited(container: "c", code: 1, cause: nil) }, { $0.fail("x") }, { $0.stopped(container: "c", code: 143) },
        ]
        for desired in [TaskState.ready, .running, .complete, .shutdown, .remove] {
            for seed in 0..<7 * 7 * 7 * 7 {
                var life = Self.life(.assigned, desired: desired)
                var rest = seed
                for _ in 0..<4 {
                    let before = life.status
                    happenings[rest % 7](&life)
                    rest /= 7
                    #expect(life.status.state >= before.state)
                    if before.state.isTerminal { #expect(life.status.state == before.state && life.status.error == before.error) }
                    let state = life.status.state
                    let step = life.next()
                    #expect(life.status.state >= state)
                    #expect((step == .rest) == (life.status.state.isTerminal || desired == .ready && life.status.state == .ready))
                }
            }
        }
    }

    @Test("what managers are told at each step")
    func texts() {
        var life = Self.life(.assigned, desired: .running)
        #expect(life.next() == .prepare)
        #expect(life.status.state == .preparing && life.status.message == "preparing")
        life.prepared(container: "c")
        #expect(life.status.state == .ready && life.status.message == "prepared")
        #expect(life.next() == .start)
        #expect(life.status.message == "starting")
        life.started(container: "c", pid: 7, ports: nil)
        #expect(life.next() == .watch)
        #expect(life.status.message == "started" && life.status.container?.pid == 7)
        life.exited(container: "c", code: 137, cause: "out of memory")
        #expect(life.status.state == .failed && life.status.message == "started")
        #expect(life.status.error == "task: non-zero exit (137): out of memory")
    }
}
