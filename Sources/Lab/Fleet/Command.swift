import Foundation

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

/// How a command ended.
public struct CommandResult: Sendable, Equatable {
    /// The exit status, 0…255; 128 + N for a command that signal N ended.
    public var status: Int32
    public var stdout: Data
    public var stderr: Data

    public init(status: Int32, stdout: Data = Data(), stderr: Data = Data()) {
        self.status = status
        self.stdout = stdout
        self.stderr = stderr
    }

    public init(status: Int32 = 0, stdout: String, stderr: String = "") {
        self.init(status: status, stdout: Data(stdout.utf8), stderr: Data(stderr.utf8))
    }
}

/// A command that was still running when its time was up, and was ended.
public struct CommandTimedOut: Error, Sendable, CustomStringConvertible {
    public var timeout: Duration

    public init(after timeout: Duration) {
        self.timeout = timeout
    }

    public var description: String { "still running after \(timeout.brief), so it was ended" }
}
