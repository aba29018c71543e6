import DockerAPI
import SwarmModel
import Testing

@testable import Orchestration

/// Services that ask to be spread again when a node has come back.
@Suite struct RebalanceTests {
    /// Four tasks on two nodes; then there is a third.
    private func bench(_ labels: [String: String], order: String? = nil) -> Bench {
        var service = Fixture.service("web", Fixture.replicated(4))
        service.spec.labels = labels
        service.spec.updateConfig = order.map { UpdateConfig(order: $0) }
        var bench = Bench(service, nodes: ["a", "b"])
        bench.settle()
        var late = Fixture.node("c")
        late.updatedAt = bench.now + .seconds(1)
        bench.wait(.seconds(1))
        bench.orchestrator.put(late)
        bench.decide()
        return bench
    }

    private func counts(_ bench: Bench) -> [String: Int] {
        Dictionary(grouping: bench.wanted(.running)) { $0.nodeID ?? "" }.mapValues(\.count)
    }

    @Test func withoutTheLabelTasksStayWhereTheyAre() {
        var bench = bench([:])
        bench.wait(.seconds(60))
        bench.settle()
        #expect(counts(bench) == ["a": 2, "b": 2])
    }

    @Test func withItOneTaskMovesAfterAWhileAndNoMore() {
        var bench = bench(["swarmlab.rebalance": "true"])
        bench.wait(.seconds(9))
        bench.settle()
        #expect(counts(bench) == ["a": 2, "b": 2], "the node is not back for long enough")
        bench.wait(.seconds(1))
        #expect(bench.wanted(.running).count == 3, "one at a time")
        bench.settle()
        bench.wait(.zero)
        bench.settle()
        #expect(counts(bench)["c"] == 1)
        #expect(bench.wanted(.running).count == 4)
        let tasks = Set(bench.wanted().map(\.id))
        for _ in 0..<5 {
            bench.wait(.seconds(20))
            bench.settle()
        }
        #expect(Set(bench.wanted().map(\.id)) == tasks, "what is even is left alone")
    }

    @Test func withStartFirstNoneStopsBeforeItsSuccessorRuns() {
        var bench = bench(["swarmlab.rebalance": "true"], order: "start-first")
        bench.wait(.seconds(10))
        #expect(bench.wanted(.running).count == 4)
        #expect(bench.wanted().count == 5)
        bench.settle()
        #expect(counts(bench)["c"] == 1)
        #expect(bench.wanted(.running).count == 4)
    }

    /// A node that has no room is not tried over and over.
    @Test func aNodeThatCannotTakeTheTaskIsLeftAlone() {
        var template = TaskSpec()
        template.resources = ResourceRequirements(reservations: ResourceRequirements.Reservations(nanoCPUs: 1_000_000_000))
        var service = Fixture.service("web", Fixture.replicated(4), template)
        service.spec.labels = ["swarmlab.rebalance": "true"]
        var bench = Bench(service, nodes: ["a", "b"])
        bench.settle()
        bench.orchestrator.put(Fixture.node("c", cpus: 0))
        for _ in 0..<10 {
            bench.wait(.seconds(20))
            bench.settle()
        }
        #expect(bench.wanted(.running).count == 4)
        #expect(bench.tasks.count <= 5, "one attempt at most")
    }
}
