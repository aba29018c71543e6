import GoTemplate

/// What can go wrong with machines, in docker-machine's own words where scripts may match on them.
public enum MachineError: Error, CustomStringConvertible, Sendable, Equatable {
    case invalidName(String)
    case doesNotExist(String)
    case alreadyExists(String)
    /// config.json cannot be understood; the text says why.
    case unreadable(String)
    case hostNotRunning
    case alreadyRunning(String)
    case alreadyStopped(String)
    case driverNotFound(String)
    /// A check before `create` found that it could not succeed. Nothing was made.
    case preCreateCheck(String)
    case creating(String)
    /// Something took too long. The text names it and says what to try next.
    case timedOut(String)
    /// Any other failure, told in full.
    case failed(String)

    public var description: String {
        switch self {
        case .invalidName(let name): "Error creating machine: \(MachineName.problem(with: name) ?? "")"
        case .doesNotExist(let name):
            """
            Docker machine \(goQuote(name)) does not exist. Use "\(Program.name) ls" to list machines. \
            Use "\(Program.name) create" to add a new one.
            """
        case .alreadyExists(let name): "Docker machine \"\(name)\" already exists"
        case .unreadable(let reason): reason
        case .hostNotRunning: "Host is not running"
        case .alreadyRunning(let name): "Machine \"\(name)\" is already running."
        case .alreadyStopped(let name): "Machine \"\(name)\" is already stopped."
        case .driverNotFound(let name):
            """
            Driver \(goQuote(name)) not found. Do you have the plugin binary \(goQuote("docker-machine-driver-\(name)")) \
            accessible in your PATH?
            """
        case .preCreateCheck(let reason): "Error with pre-create check: \(goQuote(reason))"
        case .creating(let reason): "Error creating machine: \(reason)"
        case .timedOut(let text), .failed(let text): text
        }
    }
}
