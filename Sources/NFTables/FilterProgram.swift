import Subprocess
import SystemPackage

/// A program that changes the kernel's rules: `nft`, `iptables`.
///
/// It is run without a shell, sees none of this process's environment, and is ended when it takes too long.
public struct FilterProgram: Sendable {
    /// What it left when it ended.
    public struct Outcome: Sendable, Equatable {
        /// As a shell reports it: 128 + n where signal n ended the program.
        public var status: Int32
        public var output: String
        /// What it wrote to standard error, without blank space at the ends.
        public var errors: String

        public var succeeded: Bool { status == 0 }
    }

    /// The program and what comes before its own arguments. It is looked for where system programs are.
    public var words: [String]
    public var timeLimit: Duration

    /// - Parameter words: more than the program's name where it is to be run by another one, in a namespace for instance.
    public init(_ words: [String], timeLimit: Duration = .seconds(30)) {
        self.words = words
        self.timeLimit = timeLimit
    }

    /// Runs it to its end, also where the task that waits for it is cancelled: it takes milliseconds. (And a task that is cancelled at
    /// the moment when the program is started would bring down this process: Subprocess asserts then that it has closed its pipes.)
    ///
    /// - Parameter begun: is given the ID of the process before that has read anything.
    /// - Throws: `NFTablesError` where it is not there or does not end in time; `CancellationError` where the task was cancelled before.
    public func run(
        _ arguments: [String], input: String = "", begun: @escaping @Sendable (UInt32) -> Void = { _ in }
    ) async throws -> Outcome {
        try Task.checkCancellation()
        return try await Task { try await runInTime(arguments, input, begun) }.value
    }

    private func runInTime(
        _ arguments: [String], _ input: String, _ begun: @escaping @Sendable (UInt32) -> Void
    ) async throws -> Outcome {
        try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { try await start(arguments, input, begun) }
            group.addTask {
                try await Task.sleep(for: timeLimit)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let outcome = first else {
                throw error(arguments, "did not end within \(timeLimit.components.seconds) s and was stopped")
            }
            return outcome
        }
    }

    /// What is to be thrown where the program said no.
    func error(_ arguments: [String], _ message: String) -> NFTablesError {
        NFTablesError(command: (words + arguments).joined(separator: " "), message: message)
    }

    private func start(
        _ arguments: [String], _ input: String, _ begun: @escaping @Sendable (UInt32) -> Void
    ) async throws -> Outcome {
        var options = PlatformOptions()
        options.processGroupID = 0
        // Either all of a script is done or nothing, so the program can be killed at any moment.
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(100))]
        let environment = Environment.custom([
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C",
        ])
        let name = words.first ?? ""
        let program: Executable = name.contains("/") ? .path(FilePath(name)) : .name(name)
        do {
            // To start it by its name takes a process for each folder that does not have it.
            let configuration = Configuration(
                executable: .path(try await program.resolveExecutablePath(in: environment)),
                arguments: Arguments(Array(words.dropFirst()) + arguments), environment: environment, platformOptions: options)
            let result = try await Subprocess.run(
                configuration, input: .inputWriter, output: .string(limit: 64 << 20), error: .string(limit: 1 << 20)
            ) { execution in
                begun(UInt32(execution.processIdentifier.value))
                // A program may end before it has read all, and its status says why. With `input: .array` it would take this process
                // with it (swift-subprocess issue 367).
                _ = try? await execution.standardInputWriter.write(Array(input.utf8))
            }
            try Task.checkCancellation()
            let status: Int32 =
                switch result.terminationStatus {
                case .exited(let code): code
                case .signaled(let signal): 128 + signal
                }
            return Outcome(status: status, output: result.standardOutput, errors: Self.trim(result.standardError))
        } catch let failure as SubprocessError {
            try Task.checkCancellation()
            throw error(
                arguments, failure.code == .executableNotFound ? "the program \(name) is not there. Install it." : "\(failure)")
        }
    }

    private static func trim(_ text: String) -> String {
        let isBlank: (Character) -> Bool = { $0.isWhitespace }
        let start = text.drop(while: isBlank)
        guard let end = start.lastIndex(where: { !isBlank($0) }) else { return "" }
        return String(start[...end])
    }
}
