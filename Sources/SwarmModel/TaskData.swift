import DockerAPI

/// A secret or a config, as the store holds it: data that tasks find in files.
public struct TaskData: Codable, Sendable, Equatable {
    /// Which of the two it is, by where it is in the store.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case secret = "secrets"
        case config = "configs"

        /// For messages and events.
        public var noun: String {
            switch self {
            case .secret: "secret"
            case .config: "config"
            }
        }
    }

    /// What tells one from all others.
    public struct Key: Hashable, Sendable {
        public var kind: Kind
        public var id: String

        public init(_ kind: Kind, _ id: String) {
            self.kind = kind
            self.id = id
        }
    }

    public var key: Key { Key(kind, id) }

    public var kind: Kind
    public var id: String
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    public var name: String
    public var labels: [String: String]
    /// Base64.
    public var data: String
    /// The template language of the data, `golang`; nil where it is taken as it is.
    public var templating: LogDriver?
    /// Of a secret that something else keeps.
    public var driver: LogDriver?

    public init(
        _ kind: Kind, id: String, now: Timestamp, name: String, labels: [String: String], data: String,
        templating: LogDriver? = nil, driver: LogDriver? = nil
    ) {
        self.kind = kind
        self.id = id
        createdAt = now
        updatedAt = now
        self.name = name
        self.labels = labels
        self.data = data
        self.templating = templating
        self.driver = driver
    }
}

extension TaskSpec {
    /// The secrets, or the configs, that its tasks use, as it names them.
    public func references(to kind: TaskData.Kind) -> [(id: String, name: String)] {
        switch kind {
        case .secret: (container?.secrets ?? []).map { ($0.secretID ?? "", $0.secretName ?? "") }
        case .config: (container?.configs ?? []).map { ($0.configID ?? "", $0.configName ?? "") }
        }
    }
}
