import DockerAPI
import SwarmModel
import SwarmStore
import Testing

@testable import SwarmManager

/// What a manager tells from its own copy of the store.
@Suite struct ClusterViewTests {
    private let store = ControlBed.store()

    private func view() -> ClusterView { ControlBed.view(of: store) }

    private func node(_ state: NodeState) -> Node {
        var node = RolePlanTests.node("n1", is: .worker, wanted: .worker)
        node.state = state
        return node
    }

    /// Makes a service with a task on the node `n1`, and asks for the task by the service's name at once.
    private func makeAndAsk(_ bed: ControlBed, _ name: String) async throws -> [SwarmTask] {
        let id = try await bed.create(name)
        let service = try #require(try await bed.objects.service(id)).value
        var task = TaskRecord(
            id: "t-\(name)", now: ControlBed.time, service: service, slot: 1, nodeID: "n1", desiredState: .running)
        task.status.state = .running
        try await bed.put(task)
        return try await bed.control.tasks(try Filters(#"{"service":["\#(name)"]}"#))
    }

    @Test func nothingThatWasWrittenBeforeIsMissing() async throws {
        let view = view()
        let following = Task { try await view.run() }
        defer { following.cancel() }
        let bed = ControlBed(store, view: view)
        try await bed.put(node(.ready))
        for number in 0..<50 {
            #expect(try await makeAndAsk(bed, "s\(number)").map(\.id) == ["t-s\(number)"])
            try await bed.put(node(.down))
            #expect(try await bed.control.task("t-s\(number)").status.state == "orphaned")
            #expect(try await bed.control.services(counting: true).allSatisfy { $0.serviceStatus?.running == 0 })
            try await bed.put(node(.ready))
            #expect(try await bed.control.task("s\(number).1.t-s\(number)").status.state == "running")
        }
    }

    @Test func whatWasRemovedIsGone() async throws {
        let view = view()
        let following = Task { try await view.run() }
        defer { following.cancel() }
        let bed = ControlBed(store, view: view)
        try await bed.put(node(.ready))
        for number in 0..<20 {
            let name = "s\(number)"
            let id = try #require(try await makeAndAsk(bed, name).first?.id)
            try await bed.objects.commit(Transaction(operations: [.delete(key: StoreKey.task(id))]))
            #expect(try await bed.control.tasks(Filters()).isEmpty)
            #expect(await refusal { _ = try await bed.control.task(id) }?.status == 404)
        }
    }

    @Test func aCopyThatStandsStillIsNotBelieved() async throws {
        let view = view()
        let following = Task { try await view.run() }
        for await _ in view.states() { break }
        let bed = ControlBed(store, view: view)
        // The store goes on, and the copy does not.
        following.cancel()
        _ = await following.result
        try await bed.put(node(.ready))
        #expect(try await makeAndAsk(bed, "late").map(\.id) == ["t-late"])
        // Nor is one that has never been made.
        #expect(try await makeAndAsk(ControlBed(store, view: self.view()), "never").map(\.status.state) == ["running"])
    }
}
