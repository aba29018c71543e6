import Foundation

#if canImport(Glibc)
    import Glibc
#endif

extension Command {
    /// Becomes the program: same process, same terminal, same standard streams, its exit status ours.
    ///
    /// - Throws: `CommandError.notStarted`; otherwise it does not return.
    public func replaceProcess() throws -> Never {
        for (name, value) in environment {
            if let value { setenv(name, value, 1) } else { unsetenv(name) }
        }
        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
        words.append(nil)
        execvp(executable, words)
        throw CommandError.notStarted(command: executable, reason: String(cString: strerror(errno)))
    }

    /// Runs the program on this process's own terminal and standard streams and waits for it.
    ///
    /// - Returns: the exit status as a shell reports it.
    /// - Throws: `CommandError.notStarted`.
    public func runAttached() throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Command.path(of: executable) ?? executable)
        process.arguments = arguments
        var values = inheritsEnvironment ? ProcessInfo.processInfo.environment : [:]
        for (name, value) in environment { values[name] = value }
        process.environment = values
        if let directory { process.currentDirectoryURL = directory }
        do { try process.run() } catch {
            throw CommandError.notStarted(command: executable, reason: error.localizedDescription)
        }
        process.waitUntilExit()
        return process.terminationReason == .uncaughtSignal
            ? 128 + process.terminationStatus : process.terminationStatus
    }
}
