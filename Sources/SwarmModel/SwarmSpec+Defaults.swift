import DockerAPI

extension SwarmSpec {
    /// The shortest life of a node's certificate, nanoseconds.
    public static let shortestCertificateExpiry: Int64 = 3_600_000_000_000

    /// The spec with Swarm mode's defaults where it says nothing.
    public var withDefaults: SwarmSpec {
        var spec = self
        spec.name = spec.name?.isEmpty == false ? spec.name : "default"
        spec.labels = spec.labels ?? [:]
        spec.orchestration = Orchestration(
            taskHistoryRetentionLimit: orchestration?.taskHistoryRetentionLimit ?? 5)
        spec.raft = Raft(
            snapshotInterval: raft?.snapshotInterval.nonZero ?? 10_000, keepOldSnapshots: raft?.keepOldSnapshots ?? 0,
            logEntriesForSlowFollowers: raft?.logEntriesForSlowFollowers.nonZero ?? 500,
            electionTick: raft?.electionTick.nonZero ?? 10, heartbeatTick: raft?.heartbeatTick.nonZero ?? 1)
        spec.dispatcher = Dispatcher(heartbeatPeriod: dispatcher?.heartbeatPeriod.nonZero ?? 5_000_000_000)
        var authority = spec.authority ?? Authority()
        authority.nodeCertificateExpiry = authority.nodeCertificateExpiry.nonZero ?? 7_776_000_000_000_000
        authority.forceRotate = authority.forceRotate ?? 0
        spec.authority = authority
        spec.taskDefaults = spec.taskDefaults ?? TaskDefaults()
        spec.encryption = Encryption(autoLockManagers: encryption?.autoLockManagers ?? false)
        return spec
    }

    /// What is wrong with the spec, as a manager of Swarm mode words it, or nil.
    public var complaint: APIError? {
        if let name, !name.isEmpty, name != "default" {
            return .remote(.invalidArgument, "swarm spec must be named \"default\"")
        }
        if let expiry = authority?.nodeCertificateExpiry, expiry != 0, expiry < Self.shortestCertificateExpiry {
            return .remote(.invalidArgument, "minimum certificate expiry time is: 1h0m0s")
        }
        if let period = dispatcher?.heartbeatPeriod, period < 0 {
            return .remote(.invalidArgument, "heartbeat time period cannot be a negative duration")
        }
        if let raft, let election = raft.electionTick, let heartbeat = raft.heartbeatTick, election != 0, election <= heartbeat {
            return .remote(.invalidArgument, "election tick must be greater than heartbeat tick")
        }
        return nil
    }
}

extension Optional where Wrapped: FixedWidthInteger {
    /// Nil for zero, too: requests say zero where they mean the default.
    fileprivate var nonZero: Wrapped? { self == 0 ? nil : self }
}
