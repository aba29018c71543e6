import SeededRandom
import Testing

/// Who manages, over many histories in which nodes and people do as they like.
@Suite struct MembershipSimulationTests {
    @Test func overManyHistoriesNoMajorityIsThrownAwayAndRolesBecomeWhatIsWanted() {
        var roleChanges = 0
        let seeds = Seeds(50, of: "membership")
        seeds.run { seed in
            var swarm = SimulatedMembership(seed: seed)
            // Two minutes of trouble, and one in peace.
            for _ in 0..<480 { swarm.advance(faults: true) }
            swarm.heal()
            for _ in 0..<240 { swarm.advance(faults: false) }
            swarm.checkAtRest()
            #expect(swarm.complaints.isEmpty, "\(Seeds.again(seed)): \(swarm.complaints.prefix(3).joined(separator: "; "))")
            roleChanges += swarm.roleChanges
        }
        // The histories are worth their name.
        #expect(seeds.count < 50 || roleChanges > 4 * seeds.count)
    }
}
