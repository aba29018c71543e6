import Foundation

/// What a verb stands on: where its machines come from and where its words go.
struct Surroundings: Sendable {
    enum Stream: Sendable { case output, errors }

    /// Gives the machines; nil where there are none.
    var makeFleet: LabProgram.MakeFleet?
    var write: @Sendable (Stream, Data) -> Void = { stream, data in
        (stream == .output ? FileHandle.standardOutput : FileHandle.standardError).write(data)
    }
    /// Whether lines may change in place.
    var isTerminal = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// The running verb's own.
    @TaskLocal static var current = Surroundings()
}
