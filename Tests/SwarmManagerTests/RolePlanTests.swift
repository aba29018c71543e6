import DockerAPI
import SwarmModel
import Testing

@testable import SwarmManager

/// What the leader does about nodes that are not what they should be.
@Suite struct RolePlanTests {
    private static let zero = Timestamp(nanoseconds: 0)

    /// - Parameter member: nil for a node without a part in the store.
    static func node(
        _ id: String, is role: NodeRole, wanted: NodeRole, member: UInt64? = nil, reachable: Bool = true
    ) -> Node {
        var node = Node(
            id: id, now: zero, role: role, availability: .active, address: "10.0.0.1", certificateExpiry: zero)
        node.spec.role = wanted.rawValue
        node.manager = member.map {
            Node.ManagerPart(address: "10.0.0.1:2377", member: $0, reachability: reachable ? .reachable : .unreachable)
        }
        return node
    }

    private func plan(
        _ nodes: [Node], leader: String = "a", voters: Set<UInt64> = [1, 2, 3], heard: Set<String> = ["a", "b", "c", "d"]
    ) -> [RoleAction] {
        RolePlan.actions(nodes: nodes, leader: leader, voters: voters, heard: heard)
    }

    private let three = [
        node("a", is: .manager, wanted: .manager, member: 1), node("b", is: .manager, wanted: .manager, member: 2),
        node("c", is: .manager, wanted: .manager, member: 3),
    ]

    @Test func nothingIsDoneWhereAllIsAsItShouldBe() {
        #expect(plan(three + [Self.node("d", is: .worker, wanted: .worker)]) == [])
    }

    @Test func aWorkerThatShouldManageMayDoSo() {
        #expect(plan(three + [Self.node("d", is: .worker, wanted: .manager)]) == [.promote("d")])
    }

    @Test func aManagerThatShouldWorkFirstLeavesTheStore() {
        let demoted = Self.node("c", is: .manager, wanted: .worker, member: 3)
        #expect(plan([three[0], three[1], demoted]) == [.removeMember(node: "c", member: 3)])
        #expect(plan([three[0], three[1], Self.node("c", is: .manager, wanted: .worker)]) == [.demote("c")])
    }

    @Test func managersLeaveOneAtATime() {
        let demoted = [
            Self.node("b", is: .manager, wanted: .worker, member: 2), Self.node("c", is: .manager, wanted: .worker, member: 3),
        ]
        #expect(plan([three[0]] + demoted) == [.removeMember(node: "b", member: 2)])
    }

    @Test func nobodyIsRemovedAtTheCostOfTheMajority() {
        let nodes = [
            three[0], Self.node("b", is: .manager, wanted: .manager, member: 2, reachable: false),
            Self.node("c", is: .manager, wanted: .worker, member: 3),
        ]
        #expect(plan(nodes) == [])
        // One that has no vote is not missed.
        #expect(plan(nodes, voters: [1, 2]) == [.removeMember(node: "c", member: 3)])
    }

    @Test func whoeverStaysHasToHaveBeenHeardJustNow() {
        let demoted = Self.node("c", is: .manager, wanted: .worker, member: 3)
        // The other one may have lost its power a moment ago.
        #expect(plan([three[0], three[1], demoted], heard: ["a", "c"]) == [])
        #expect(plan([three[0], three[1], demoted], heard: ["b"]) == [.removeMember(node: "c", member: 3)])
        let leader = Self.node("a", is: .manager, wanted: .worker, member: 1)
        #expect(plan([leader, three[1], three[2]], heard: ["a", "c"]) == [.transferLeadership(member: 3)])
        // One more votes than nodes are known to: it may not be there.
        #expect(plan([three[0], three[1], demoted], voters: [1, 2, 3, 4, 5]) == [])
    }

    @Test func theLeaderLetsAnotherLeadFirst() {
        let demoted = Self.node("a", is: .manager, wanted: .worker, member: 1)
        #expect(plan([demoted, three[1], three[2]]) == [.transferLeadership(member: 2)])
        #expect(
            plan([demoted, Self.node("b", is: .manager, wanted: .manager, member: 2, reachable: false), three[2]])
                == [.transferLeadership(member: 3)])
    }

    @Test func aMemberThatIsNobodysIsTakenOut() {
        func orphan(_ nodes: [Node], _ voters: Set<UInt64>, heard: Set<String> = ["b"], leader: String = "a") -> UInt64? {
            RolePlan.orphan(nodes: nodes, leader: leader, voters: voters, heard: heard)
        }
        #expect(orphan(three, [1, 2, 3]) == nil)
        #expect(orphan(Array(three.prefix(2)), [1, 2, 9]) == 9)
        // Not at the cost of the majority, and not by one who is nobody's itself.
        #expect(orphan(Array(three.prefix(2)), [1, 2, 9], heard: []) == nil)
        #expect(orphan(Array(three.prefix(2)), [2, 9]) == nil)
    }

    @Test func nothingIsDoneByOneWhoHasHandedOver() {
        let nodes = [
            Self.node("a", is: .manager, wanted: .worker, member: 1), three[1],
            Self.node("c", is: .manager, wanted: .worker, member: 3), Self.node("d", is: .worker, wanted: .manager),
        ]
        #expect(
            plan(nodes) == [.removeMember(node: "c", member: 3), .promote("d"), .transferLeadership(member: 2)])
    }

    @Test func aQuorumOfTheRestMustBeReachable() {
        let two = Array(three.prefix(2))
        #expect(Quorum(two).survivesRemoval(of: two[1], voters: [1, 2]))
        // A third has a vote and is no manager any more.
        #expect(!Quorum(two).survivesRemoval(of: two[1], voters: [1, 2, 9]))
        #expect(Quorum(three).survivesRemoval(of: three[2]))
        #expect(Quorum(two).survivesRemoval(of: two[1]))
        #expect(
            !Quorum([three[0], Self.node("b", is: .manager, wanted: .manager, member: 2, reachable: false)])
                .survivesRemoval(of: three[0]))
    }
}
