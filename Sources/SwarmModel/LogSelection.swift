import DockerAPI

/// Whose output is asked for, and which part of it.
public struct LogSelection: Sendable, Equatable {
    public enum Source: Sendable, Equatable {
        /// All tasks of a service, those that are yet to come among them.
        case service(String)
        case task(String)
    }

    public var source: Source
    /// With what is yet to come.
    public var follows: Bool
    public var output: Bool
    public var errors: Bool
    /// The last lines of each task; nil is all.
    public var tail: Int?
    /// Only what was written since then.
    public var since: Timestamp?

    public init(_ source: Source, follows: Bool, output: Bool, errors: Bool, tail: Int? = nil, since: Timestamp? = nil) {
        self.source = source
        self.follows = follows
        self.output = output
        self.errors = errors
        self.tail = tail
        self.since = since
    }
}

/// What one container has written.
public struct LogLine: Sendable, Equatable {
    public var taskID: String
    public var serviceID: String
    public var nodeID: String
    /// Whether it was written to the standard error.
    public var isError: Bool
    public var time: Timestamp
    /// With its end of line.
    public var text: [UInt8]

    public init(taskID: String, serviceID: String, nodeID: String, isError: Bool, time: Timestamp, text: [UInt8]) {
        self.taskID = taskID
        self.serviceID = serviceID
        self.nodeID = nodeID
        self.isError = isError
        self.time = time
        self.text = text
    }
}
