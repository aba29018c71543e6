/// What tasks may know of the node they are on.
public struct NodeFacts: Sendable, Equatable {
    public var id: String
    public var hostname: String
    /// As `uname -m`: `x86_64`.
    public var architecture: String
    /// `linux`.
    public var system: String

    public init(id: String, hostname: String, architecture: String, system: String) {
        self.id = id
        self.hostname = hostname
        self.architecture = architecture
        self.system = system
    }
}
