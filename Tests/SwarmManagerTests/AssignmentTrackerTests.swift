import DockerAPI
import SwarmModel
import SwarmRPC
import Testing

@testable import SwarmManager

/// What a node is told to run.
@Suite struct AssignmentTrackerTests {
    private static let time = Timestamp(nanoseconds: 1_795_252_502_000_000_000)

    private func task(_ id: String, secret: String? = nil, state: TaskState = .assigned) -> TaskRecord {
        var container = ContainerSpec(image: "busybox")
        if let secret { container.secrets = [SecretReference(secretID: secret, secretName: secret)] }
        let service = Service(
            id: "web", now: Self.time, spec: ServiceSpec(name: "web", taskTemplate: TaskSpec(container: container)))
        var task = TaskRecord(id: id, now: Self.time, service: service, slot: 1, nodeID: "n1", desiredState: .running)
        task.status = TaskRecord.Status(state: state, timestamp: Self.time, message: "")
        return task
    }

    private var state: ClusterState {
        var state = ClusterState()
        for id in ["s1", "s2"] {
            state.secrets[id] = Versioned(
                TaskData(.secret, id: id, now: Self.time, name: id, labels: [:], data: "aGk="), version: 1)
        }
        return state
    }

    @Test func theFirstIsCompleteAlsoWhereThereIsNothing() {
        var tracker = AssignmentTracker()
        let first = tracker.next([], in: state)
        let second = tracker.next([], in: state)
        #expect(first == Assignments(isComplete: true))
        #expect(second == nil)
    }

    @Test func onlyWhatHasChangedFollows() {
        var tracker = AssignmentTracker()
        _ = tracker.next([task("a")], in: state)
        var stopped = task("a")
        stopped.desiredState = .shutdown
        let next = tracker.next([stopped, task("b")], in: state)
        let last = tracker.next([task("b")], in: state)
        #expect(next?.isComplete == false)
        #expect(next?.tasks.map(\.id) == ["a", "b"])
        #expect(last?.removedTasks == ["a"])
    }

    @Test func whatANodeHasReportedIsNotToldBack() {
        var tracker = AssignmentTracker()
        _ = tracker.next([task("a")], in: state)
        let next = tracker.next([task("a", state: .running)], in: state)
        #expect(next == nil)
    }

    @Test func secretsComeAndGoWithTheTasksThatUseThem() {
        var tracker = AssignmentTracker()
        let first = tracker.next([task("a", secret: "s1")], in: state)
        let second = tracker.next([task("a", secret: "s1"), task("b", secret: "s1")], in: state)
        // One that has ended does not need it any more.
        let third = tracker.next([task("a", secret: "s1", state: .failed), task("b", secret: "s1")], in: state)
        let last = tracker.next([task("a", secret: "s1", state: .failed)], in: state)
        #expect(first?.data.map(\.id) == ["s1"], "and no other")
        #expect(second?.data == [])
        #expect(third == nil)
        #expect(last?.removedSecrets == ["s1"])
    }

    @Test func aLargeSetGoesInSeveralMessagesAndIsTheSameAfterwards() throws {
        var all = Assignments(isComplete: true)
        let data = String(repeating: "x", count: 400_000)
        all.data = (1...5).map { TaskData(.secret, id: "s\($0)", now: Self.time, name: "s", labels: [:], data: data) }
        all.tasks = [task("a"), task("b")]
        let messages = try all.wire()
        #expect(messages.count == 3)
        #expect(messages.map(\.more) == [true, true, false])
        var taken = Assignments(isComplete: false)
        for message in messages { try taken.take(message) }
        #expect(taken == all)
    }
}
