/// One machine as the fleet sees it now.
public struct FleetMachine: Sendable, Equatable {
    /// What the machine is doing, in docker-machine's words.
    public enum State: String, Sendable, Equatable, CaseIterable {
        case running = "Running"
        case paused = "Paused"
        case saved = "Saved"
        case stopped = "Stopped"
        case stopping = "Stopping"
        case starting = "Starting"
        case error = "Error"
        case timeout = "Timeout"
        case unknown = "Unknown"
        /// The store knows the machine, but what it stood on is gone.
        case notFound = "Not Found"
    }

    public var name: String
    /// What tells the machine from another one that is made later under its name; nil where nothing does.
    public var id: String?
    public var state: State
    /// The IPv4 address, known while the machine runs.
    public var address: String?
    /// The driver's name as it was asked for.
    public var driver: String
    /// `tcp://ADDRESS:2376` while the machine runs.
    public var url: String?

    public init(
        name: String, id: String? = nil, state: State, address: String? = nil, driver: String, url: String? = nil
    ) {
        self.name = name
        self.id = id
        self.state = state
        self.address = address
        self.driver = driver
        self.url = url
    }
}
