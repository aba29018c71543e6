import Testing

@testable import Lab

/// When a swarm is as well as it was.
@Suite struct SwarmHealthTests {
    private let health = SwarmHealth(members: [
        .init(nodeID: "n1", machine: "m1", isManager: true), .init(nodeID: "n2", machine: "m2", isManager: true),
        .init(nodeID: "n3", machine: "w1", isManager: false),
    ])

    /// A view in which all is well.
    private var view: SwarmView {
        SwarmView(
            machines: ["m1", "m2", "w1"],
            infos: [
                "m1": .init(state: .active, nodeID: "n1", controlAvailable: true),
                "m2": .init(state: .active, nodeID: "n2", controlAvailable: true), "w1": .init(state: .active, nodeID: "n3"),
            ],
            nodes: [
                .init(id: "n1", hostname: "m1", role: .manager, managerStatus: .leader),
                .init(id: "n2", hostname: "m2", role: .manager, managerStatus: .reachable),
                .init(id: "n3", hostname: "w1", role: .worker),
            ])
    }

    private func lacks(_ change: (inout SwarmView) -> Void) -> [String] {
        var view = view
        change(&view)
        return health.lacks(view)
    }

    @Test func allIsWell() {
        #expect(lacks { _ in } == [])
        #expect(
            lacks {
                $0.nodes?[0].managerStatus = .reachable
                $0.nodes?[1].managerStatus = .leader
            } == [], "another leader is as good")
    }

    @Test func eachThingThatIsNotAsItWasIsNamedOnce() {
        #expect(lacks { $0.nodes?[2].state = .down } == ["w1 is down"])
        #expect(lacks { $0.nodes?[2].state = .unknown } == ["w1 is unknown"])
        #expect(lacks { $0.nodes?[1].managerStatus = .unreachable } == ["m2 is no reachable manager"])
        #expect(lacks { $0.nodes?[1].managerStatus = nil } == ["m2 is no reachable manager"])
        #expect(lacks { $0.nodes?[0].managerStatus = .reachable } == ["the managers have not agreed on one leader"])
        #expect(lacks { $0.nodes?[1].managerStatus = .leader } == ["the managers have not agreed on one leader"])
        #expect(lacks { $0.nodes?.remove(at: 2) } == ["w1 is no node of the swarm"])
        #expect(lacks { $0.nodes = nil } == ["no manager is at work"])
    }

    @Test func whatAMachineSaysItselfCountsMoreThanWhatManagersRemember() {
        #expect(lacks { $0.infos["w1"] = nil } == ["w1 does not answer"])
        #expect(lacks { $0.infos["w1"]?.state = .pending } == ["w1 is not in the swarm"])
        #expect(lacks { $0.infos["w1"]?.nodeID = "other" } == ["w1 is not in the swarm"])
        #expect(
            lacks {
                $0.infos["w1"] = nil
                $0.nodes?[2].state = .down
            } == ["w1 does not answer"])
    }

    @Test func aNodeThatIsNoMachineOfTheLabIsJudgedByTheManagers() {
        #expect(
            lacks {
                $0.machines = ["m1", "m2"]
                $0.infos["w1"] = nil
            } == [])
        #expect(
            lacks {
                $0.machines = ["m1", "m2"]
                $0.infos["w1"] = nil
                $0.nodes?[2].state = .down
            } == ["w1 is down"])
    }
}
