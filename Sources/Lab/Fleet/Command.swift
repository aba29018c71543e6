import Foundation
import Processes

/// A piece of a running command's output, as it arrives.
public struct OutputChunk: Sendable, Equatable {
    public enum Stream: Sendable, Equatable { case stdout, stderr }

    public var stream: Stream
    public var data: Data

    public init(_ stream: Stream, _ data: Data) {
        self.stream = stream
        self.data = data
    }
}

/// How a command ended: its exit status, 128 + N where signal N ended it, and what it wrote.
public typealias CommandResult = Processes.CommandResult

/// A command that was still running when its time was up, and was ended.
public struct CommandTimedOut: Error, Sendable, CustomStringConvertible {
    public var timeout: Duration

    public init(after timeout: Duration) {
        self.timeout = timeout
    }

    public var description: String { "still running after \(timeout.brief), so it was ended" }
}
