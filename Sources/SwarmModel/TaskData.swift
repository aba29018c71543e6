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

    /// Notes a change. Time never goes back in an object, whatever the clock does.
    public mutating func touch(_ now: Timestamp) { updatedAt = max(updatedAt, now) }
}
