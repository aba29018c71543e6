import Foundation
import Processes
import Testing

/// One of the hosts of the bed (scripts/nodes-bed).
struct Host: Sendable, Equatable {
    /// From 1.
    let number: Int
    var name: String { "node-\(number)" }
    var address: String { "10.77.0.\(10 + number)" }

    /// Runs one of the bed's verbs.
    static func bed(_ words: [String]) async throws {
        var command = Command(words[0], Array(words.dropFirst()))
        command.timeout = .seconds(100)
        let result = try await command.run()
        try #require(result.succeeded, "\(words): \(result.text)\(result.errorText)")
    }

    /// Runs a shell's command line on this host, whatever comes of it.
    func attempt(_ line: String, input: String? = nil) async throws -> CommandResult {
        var command = Command("on", [name, "sh", "-c", line])
        command.input = input.map { Data($0.utf8) }
        command.timeout = .seconds(60)
        return try await command.run()
    }

    /// What a command line printed on this host, without the end of the last line. It has to succeed.
    /// - Throws: `CommandError.failed`.
    @discardableResult
    func sh(_ line: String, input: String? = nil) async throws -> String {
        let result = try await attempt(line, input: input)
        guard result.succeeded else {
            throw CommandError.failed(command: "\(name): \(line)", status: result.status, message: result.errorText)
        }
        return result.text.hasSuffix("\n") ? String(result.text.dropLast()) : result.text
    }

    /// Expects a command to fail on this host and to say that, after `Error response from daemon: `.
    func refuses(_ line: String, _ text: String, at location: SourceLocation = #_sourceLocation) async throws {
        try await fails(line, "Error response from daemon: " + text, at: location)
    }

    /// Expects a command to fail on this host and to say exactly that.
    func fails(
        _ line: String, _ text: String, input: String? = nil, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let result = try await attempt(line, input: input)
        #expect(!result.succeeded, "\(name): \(line): \(result.text)", sourceLocation: location)
        let said = result.errorText.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(said == text, "\(name): \(line)", sourceLocation: location)
    }

    /// Runs a Python program whose `client` is docker-py's client of this host, and expects it to come to its end.
    func python(_ program: String, at location: SourceLocation = #_sourceLocation) async throws {
        let nodes = try #require(ProcessInfo.processInfo.environment["NODES"])
        let opening = """
            import docker, docker.errors, docker.types
            client = docker.DockerClient(base_url="unix://\(nodes)/\(name)/run/docker.sock", version="auto")

            """
        // The system's own has the package where another Python on the path has not.
        var command = Command(
            "sh", ["-c", "for p in python3 /usr/bin/python3; do $p -c 'import docker' && exec $p -; done; exit 9"])
        command.input = Data((opening + program).utf8)
        command.timeout = .seconds(60)
        let result = try await command.run()
        #expect(result.succeeded, "\(result.text)\(result.errorText)", sourceLocation: location)
    }

    /// Asks the Engine API on this host.
    ///
    /// - Returns: the status, and the body; of an error its message.
    func ask(_ method: String, _ path: String, _ body: String? = nil) async throws -> (status: Int, text: String) {
        let data = body == nil ? "" : " -H 'Content-Type: application/json' --data-binary @-"
        let answer = try await sh(
            "curl -s --unix-socket /run/docker.sock -X \(method) -w '\\n%{http_code}'\(data) 'http://engine\(path)'", input: body)
        let lines = answer.split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.dropLast().joined(separator: "\n")
        let status = try #require(lines.last.flatMap { Int($0) }, "\(answer)")
        let error = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        return (status, status < 400 ? text : error?["message"] ?? text)
    }
}
