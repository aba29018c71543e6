import Foundation
import Subprocess
import SystemPackage

/// A program of the host to run: its words, its environment, what it reads.
///
/// Arguments are passed as they are: no shell ever reads them.
public struct Command: Sendable {
    /// A name that is looked up in `PATH`, or a path.
    public var executable: String
    public var arguments: [String]
    /// Variables set on top of this process's own environment; nil removes one.
    public var environment: [String: String?] = [:]
    /// When false the program sees only `environment`.
    public var inheritsEnvironment = true
    /// Where it runs; nil means here.
    public var directory: URL?
    /// What it reads on standard input; nil means nothing.
    public var input: Data?
    /// How long it may take before it is ended.
    public var timeout: Duration?

    public init(_ executable: String, _ arguments: [String] = []) {
        self.executable = executable
        self.arguments = arguments
    }

    /// The words as a person would type them, for messages.
    public var description: String {
        ([executable] + arguments).map(ShellWord.quote).joined(separator: " ")
    }
}

/// Which stream of a program some bytes came from.
public enum OutputStream: Sendable, Equatable {
    case standardOutput
    case standardError
}

/// What a program left when it ended.
public struct CommandResult: Sendable, Equatable {
    /// The exit status as a shell reports it: 128 + n where signal n ended the program.
    public var status: Int32
    public var standardOutput: Data
    public var standardError: Data

    public init(status: Int32, standardOutput: Data = Data(), standardError: Data = Data()) {
        self.status = status
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    public var succeeded: Bool { status == 0 }
    /// Standard output as text, invalid UTF-8 replaced.
    public var text: String { String(decoding: standardOutput, as: UTF8.self) }
    /// Standard error as text, invalid UTF-8 replaced.
    public var errorText: String { String(decoding: standardError, as: UTF8.self) }
}

/// Why a program did not run to its end, or ended badly.
public enum CommandError: Error, CustomStringConvertible, Sendable {
    /// It could not be started at all.
    case notStarted(command: String, reason: String)
    /// It took longer than it was allowed and was ended.
    case timedOut(command: String, after: Duration)
    /// It ended with a status other than zero (`Command.output()` only).
    case failed(command: String, status: Int32, message: String)

    public var description: String {
        switch self {
        case .notStarted(let command, let reason): "cannot run \(command): \(reason)"
        case .timedOut(let command, let duration):
            "\(command) did not end within \(duration.components.seconds) s and was stopped"
        case .failed(let command, let status, let message):
            message.isEmpty ? "\(command) failed with exit status \(status)" : "\(command): \(message)"
        }
    }
}

extension Command {
    /// Runs the program to its end and returns what it left.
    ///
    /// Cancelling the task or passing the time limit ends the program and what it started: SIGTERM to
    /// its process group, SIGKILL two seconds later.
    /// - Parameter output: called with each piece of output as it arrives, from any thread.
    /// - Throws: `CommandError.notStarted`, `CommandError.timedOut`, `CancellationError`.
    public func run(
        output: (@Sendable (OutputStream, Data) -> Void)? = nil
    ) async throws -> CommandResult {
        guard let timeout else { return try await runUnbounded(output: output) }
        return try await withThrowingTaskGroup(of: CommandResult?.self) { group in
            group.addTask { try await runUnbounded(output: output) }
            group.addTask {
                try await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                throw CommandError.timedOut(command: executable, after: timeout)
            }
            return result
        }
    }

    /// Runs the program and returns its standard output without the last newline.
    ///
    /// - Throws: as `run`, and `CommandError.failed` for a status other than zero.
    @discardableResult
    public func output() async throws -> String {
        let result = try await run()
        guard result.succeeded else {
            let message = result.errorText.trimmingCharacters(in: .whitespacesAndNewlines)
            throw CommandError.failed(command: executable, status: result.status, message: message)
        }
        var text = result.text
        if text.hasSuffix("\n") { text.removeLast() }
        return text
    }

    private func runUnbounded(
        output: (@Sendable (OutputStream, Data) -> Void)?
    ) async throws -> CommandResult {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(2)),
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(100)),
        ]
        let configuration = Configuration(
            executable: executable.contains("/") ? .path(FilePath(executable)) : .name(executable),
            arguments: Arguments(arguments),
            environment: subprocessEnvironment,
            workingDirectory: directory.map { FilePath($0.path) },
            platformOptions: options)
        do {
            let outcome = try await Subprocess.run(
                configuration, input: .inputWriter, output: .sequence, error: .sequence
            ) { execution in
                async let written: Void = Self.write(input ?? Data(), to: execution.standardInputWriter)
                async let errors = Self.collect(execution.standardError, .standardError, output)
                let out = try await Self.collect(execution.standardOutput, .standardOutput, output)
                try await written
                return (out, try await errors)
            }
            try Task.checkCancellation()
            let (out, errors) = outcome.closureResult
            return CommandResult(
                status: Self.shellStatus(outcome.terminationStatus), standardOutput: out, standardError: errors)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw CommandError.notStarted(command: executable, reason: Self.reason(error, executable))
        }
    }

    private var subprocessEnvironment: Environment {
        guard inheritsEnvironment else {
            var values: [Environment.Key: String] = [:]
            for (name, value) in environment { if let key = Environment.Key(rawValue: name), let value { values[key] = value } }
            return .custom(values)
        }
        var values: [Environment.Key: String?] = [:]
        for (name, value) in environment { if let key = Environment.Key(rawValue: name) { values[key] = .some(value) } }
        return .inherit.updating(values)
    }

    /// A program may end before it has read all, and its status says why. With `input: .array` it would take this process with it
    /// (swift-subprocess issue 367).
    private static func write(_ input: Data, to writer: StandardInputWriter) async throws {
        if !input.isEmpty {
            brokenPipesAreErrors
            _ = try? await writer.write([UInt8](input))
        }
        try await writer.finish()
    }

    /// Writing to a program that has ended is not to end this one, as NIO has it for its own.
    private static let brokenPipesAreErrors: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    private static func collect(
        _ sequence: SubprocessOutputSequence, _ stream: OutputStream,
        _ output: (@Sendable (OutputStream, Data) -> Void)?
    ) async throws -> Data {
        var all = Data()
        for try await buffer in sequence {
            let piece = buffer.withUnsafeBytes { Data($0) }
            output?(stream, piece)
            all.append(piece)
        }
        return all
    }

    private static func shellStatus(_ status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }

    private static func reason(_ error: SubprocessError, _ executable: String) -> String {
        Command.path(of: executable) == nil ? "\(executable): command not found" : "\(error)"
    }
}
