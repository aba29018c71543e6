import Testing

/// Who manages, over many histories in which nodes and people do as they like.
@Suite struct MembershipSimulationTests {
    @Test func overManyHistoriesNoMajorityIsThrownAwayAndRolesBecomeWhatIsWanted() {
        var roleChanges = 0
        for seed in 0..<50 as Range<UInt64> {
            var swarm = SimulatedMembership(seed: seed)
            // Two minutes of trouble, and one in peace.
            for _ in 0..<480 { swarm.advance(faults: true) }
            swarm.heal()
            for _ in 0..<240 { swarm.advance(faults: false) }
            swarm.checkAtRest()
            #expect(swarm.complaints.isEmpty, "\(swarm.complaints.prefix(3).joined(separator: "; "))")
            roleChanges += swarm.roleChanges
        }
        // The histories are worth their name.
        #expect(roleChanges > 200)
    }
}
