/// What a node does in the swarm. The raw values are those of the Engine API.
public enum NodeRole: String, Codable, Sendable, CaseIterable {
    /// Runs tasks.
    case worker
    /// Runs tasks, holds the state of the swarm and takes decisions.
    case manager

    /// The organizational unit of the node's certificate, and its first DNS name: `swarm-worker` or `swarm-manager`.
    public var certificateName: String { "swarm-\(rawValue)" }

    /// The role that a certificate's organizational unit names; `nil` if it names none.
    public init?(certificateName: String) {
        guard let role = Self.allCases.first(where: { $0.certificateName == certificateName }) else { return nil }
        self = role
    }
}
