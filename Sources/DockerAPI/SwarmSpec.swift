/// What a person may change of a swarm. Durations are nanoseconds. What is absent in a request has its default.
public struct SwarmSpec: Codable, Sendable, Equatable {
    /// Always `default`.
    public var name: String?
    public var labels: [String: String]?
    public var orchestration: Orchestration?
    public var raft: Raft?
    public var dispatcher: Dispatcher?
    public var authority: Authority?
    public var taskDefaults: TaskDefaults?
    public var encryption: Encryption?

    public init() {}

    public struct Orchestration: Codable, Sendable, Equatable {
        /// Dead tasks kept of each slot.
        public var taskHistoryRetentionLimit: Int64?

        public init(taskHistoryRetentionLimit: Int64? = nil) {
            self.taskHistoryRetentionLimit = taskHistoryRetentionLimit
        }

        enum CodingKeys: String, CodingKey { case taskHistoryRetentionLimit = "TaskHistoryRetentionLimit" }
    }

    public struct Raft: Codable, Sendable, Equatable {
        public var snapshotInterval: UInt64?
        public var keepOldSnapshots: UInt64?
        public var logEntriesForSlowFollowers: UInt64?
        public var electionTick: Int?
        public var heartbeatTick: Int?

        public init(
            snapshotInterval: UInt64? = nil, keepOldSnapshots: UInt64? = nil, logEntriesForSlowFollowers: UInt64? = nil,
            electionTick: Int? = nil, heartbeatTick: Int? = nil
        ) {
            self.snapshotInterval = snapshotInterval
            self.keepOldSnapshots = keepOldSnapshots
            self.logEntriesForSlowFollowers = logEntriesForSlowFollowers
            self.electionTick = electionTick
            self.heartbeatTick = heartbeatTick
        }

        enum CodingKeys: String, CodingKey {
            case snapshotInterval = "SnapshotInterval"
            case keepOldSnapshots = "KeepOldSnapshots"
            case logEntriesForSlowFollowers = "LogEntriesForSlowFollowers"
            case electionTick = "ElectionTick"
            case heartbeatTick = "HeartbeatTick"
        }
    }

    public struct Dispatcher: Codable, Sendable, Equatable {
        public var heartbeatPeriod: Int64?

        public init(heartbeatPeriod: Int64? = nil) { self.heartbeatPeriod = heartbeatPeriod }

        enum CodingKeys: String, CodingKey { case heartbeatPeriod = "HeartbeatPeriod" }
    }

    /// The root authority.
    public struct Authority: Codable, Sendable, Equatable {
        public var nodeCertificateExpiry: Int64?
        public var externalAuthorities: [ExternalAuthority]?
        /// PEM. Only read, never told.
        public var signingCertificate: String?
        public var signingKey: String?
        /// A change of this number asks for a new root.
        public var forceRotate: UInt64?

        public init(nodeCertificateExpiry: Int64? = nil) { self.nodeCertificateExpiry = nodeCertificateExpiry }

        enum CodingKeys: String, CodingKey {
            case nodeCertificateExpiry = "NodeCertExpiry"
            case externalAuthorities = "ExternalCAs"
            case signingCertificate = "SigningCACert"
            case signingKey = "SigningCAKey"
            case forceRotate = "ForceRotate"
        }
    }

    public struct ExternalAuthority: Codable, Sendable, Equatable {
        /// Only `cfssl` exists.
        public var kind: String?
        public var url: String?
        public var options: [String: String]?
        public var certificate: String?

        enum CodingKeys: String, CodingKey {
            case kind = "Protocol"
            case url = "URL"
            case options = "Options"
            case certificate = "CACert"
        }
    }

    public struct TaskDefaults: Codable, Sendable, Equatable {
        public var logDriver: LogDriver?

        public init() {}

        public struct LogDriver: Codable, Sendable, Equatable {
            public var name: String?
            public var options: [String: String]?

            enum CodingKeys: String, CodingKey {
                case name = "Name"
                case options = "Options"
            }
        }

        enum CodingKeys: String, CodingKey { case logDriver = "LogDriver" }
    }

    public struct Encryption: Codable, Sendable, Equatable {
        /// Whether a manager that starts must be given the unlock key.
        public var autoLockManagers: Bool?

        public init(autoLockManagers: Bool? = nil) { self.autoLockManagers = autoLockManagers }

        enum CodingKeys: String, CodingKey { case autoLockManagers = "AutoLockManagers" }
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case labels = "Labels"
        case orchestration = "Orchestration"
        case raft = "Raft"
        case dispatcher = "Dispatcher"
        case authority = "CAConfig"
        case taskDefaults = "TaskDefaults"
        case encryption = "EncryptionConfig"
    }
}
