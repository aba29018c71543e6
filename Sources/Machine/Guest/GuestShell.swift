import Foundation
import Processes

/// A root shell on a machine, however it is reached.
protocol GuestShell: Sendable {
    /// Runs a POSIX shell script as root.
    ///
    /// - Returns: its status and output, whatever the status.
    /// - Throws: where the script could not be run at all, or took longer than `timeout`.
    func run(_ script: String, timeout: Duration) async throws -> CommandResult
}

extension GuestShell {
    /// Runs a script that must succeed and returns its output.
    @discardableResult
    func check(_ script: String, doing what: String, timeout: Duration = .seconds(120)) async throws -> String {
        let result = try await run(script, timeout: timeout)
        guard result.succeeded else {
            let text = (result.errorText + result.text).trimmingCharacters(in: .whitespacesAndNewlines)
            throw MachineError.failed("\(what) failed with exit status \(result.status): \(text.suffix(2000))")
        }
        return result.text
    }
}

/// A root shell over SSH, through sudo.
struct SSHShell: GuestShell {
    let client: SSHClient

    func run(_ script: String, timeout: Duration) async throws -> CommandResult {
        var command = try client.command([client.user == "root" ? "sh -s" : "sudo -n sh -s"])
        command.input = Data(script.utf8)
        command.timeout = timeout
        return try await command.run()
    }
}
