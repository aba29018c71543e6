/// Members of the store as raft keeps them: who votes, how far each one's log goes, and what was acknowledged.
struct SimulatedStore {
    private(set) var voters: Set<UInt64>
    /// The one member that only follows yet.
    private(set) var learner: UInt64?
    private(set) var logs: [UInt64: Int]
    /// How far the log goes whose writer was told that it is written.
    private(set) var acknowledged = 0
    private(set) var leader: UInt64?
    private(set) var term = 0
    private var next: UInt64 = 1

    init() {
        (voters, logs) = ([1], [1: 0])
    }

    /// Whether these can decide.
    func isQuorum(_ members: Set<UInt64>) -> Bool { voters.intersection(members).count > voters.count / 2 }

    /// Deposes a leader that does not reach a majority, and elects one of those that do.
    ///
    /// - Parameters:
    ///   - reached: the members that a member reaches, itself included; none where it is off.
    ///   - prefers: which candidate stands first.
    /// - Returns: whether there is a new leader.
    mutating func elect(reached: (UInt64) -> Set<UInt64>, prefers: [UInt64]) -> Bool {
        if let leader {
            if voters.contains(leader), isQuorum(reached(leader)) { return false }
            self.leader = nil
            return false
        }
        leader = prefers.first { candidate in
            let votes = reached(candidate).filter { logs[$0, default: 0] <= logs[candidate, default: 0] }
            return voters.contains(candidate) && votes.contains(candidate) && isQuorum(votes)
        }
        if leader != nil { term += 1 }
        return leader != nil
    }

    /// Writes an entry, with the leader and those that it reaches.
    ///
    /// - Returns: whether it is acknowledged.
    mutating func write(reached: Set<UInt64>) -> Bool {
        guard let leader, reached.contains(leader) else { return false }
        let index = logs[leader, default: 0] + 1
        for member in reached where voters.contains(member) || member == learner { logs[member] = index }
        guard isQuorum(reached) else { return false }
        acknowledged = index
        return true
    }

    /// Adds a member without a vote; nil while there is another one.
    mutating func add(reached: Set<UInt64>) -> UInt64? {
        guard learner == nil, write(reached: reached) else { return nil }
        next += 1
        learner = next
        logs[next] = 0
        return next
    }

    /// Gives the learner its vote, once it has what the leader has.
    mutating func promote(_ member: UInt64, reached: Set<UInt64>) -> Bool {
        guard learner == member, reached.contains(member), write(reached: reached) else { return false }
        learner = nil
        voters.insert(member)
        return true
    }

    mutating func remove(_ member: UInt64, reached: Set<UInt64>) -> Bool {
        guard write(reached: reached) else { return false }
        if learner == member { learner = nil }
        voters.remove(member)
        logs[member] = nil
        if leader == member { leader = nil }
        return true
    }

    /// The leader hands over.
    mutating func transfer(to member: UInt64, reached: Set<UInt64>) {
        guard voters.contains(member), reached.contains(member), write(reached: reached) else { return }
        leader = member
        term += 1
    }
}
