import Foundation
import Libvirt
import Processes

/// A root shell through the QEMU guest agent: needs neither a network nor a key in the machine.
///
/// Protocol: QEMU Guest Agent Protocol Reference, `guest-exec` and `guest-exec-status`.
struct AgentShell: GuestShell {
    let domain: Domain

    func run(_ script: String, timeout: Duration) async throws -> CommandResult {
        try await run("/bin/sh", ["-s"], input: script, timeout: timeout)
    }

    /// Runs a program as root, without a shell.
    func run(_ path: String, _ arguments: [String] = [], input: String, timeout: Duration) async throws -> CommandResult {
        let request = Request(
            execute: "guest-exec",
            arguments: .init(
                path: path, arg: arguments, inputData: Data(input.utf8).base64EncodedString(), captureOutput: true))
        let process: Started = try await send(request)
        let deadline = ContinuousClock().now + timeout
        // Most scripts end within a few tens of milliseconds; the pauses grow so that long ones cost little.
        var pause = Duration.milliseconds(20)
        while true {
            let status: Status = try await send(
                Request(execute: "guest-exec-status", arguments: .init(pid: process.pid)))
            if status.exited {
                return CommandResult(
                    status: status.signal.map { 128 + $0 } ?? status.exitCode ?? 0,
                    standardOutput: Self.decode(status.outData), standardError: Self.decode(status.errData))
            }
            guard ContinuousClock().now < deadline else {
                throw CommandError.timedOut(command: "a script in the machine", after: timeout)
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 1.5, .milliseconds(250))
        }
    }

    /// Writes into a file, or a pipe at which somebody waits: starts no program.
    func write(_ text: String, to path: String) async throws {
        let handle: Int = try await send(Request(execute: "guest-file-open", arguments: .init(path: path, mode: "w")))
        // The agent takes pieces; a pipe holds 64 KiB.
        for piece in Data(text.utf8).chunks(of: 48 << 10) {
            let _: Written = try await send(
                Request(
                    execute: "guest-file-write", arguments: .init(handle: handle, bufB64: piece.base64EncodedString())))
        }
        let _: Empty = try await send(Request(execute: "guest-file-close", arguments: .init(handle: handle)))
    }

    /// A small file's content; nil where there is none.
    func read(_ path: String) async throws -> String? {
        let handle: Int
        do {
            handle = try await send(Request(execute: "guest-file-open", arguments: .init(path: path, mode: "r")))
        } catch let error as LibvirtError where error.message.contains("No such file") { return nil }
        let bytes: Bytes = try await send(Request(execute: "guest-file-read", arguments: .init(handle: handle)))
        let _: Empty = try await send(Request(execute: "guest-file-close", arguments: .init(handle: handle)))
        return String(decoding: Self.decode(bytes.bufB64), as: UTF8.self)
    }

    /// Whether the agent answers now.
    func answers() async throws -> Bool {
        let _: Empty = try await send(Request(execute: "guest-ping", arguments: nil))
        return true
    }

    private func send<Answer: Decodable & Sendable>(_ request: Request) async throws -> Answer {
        let text = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
        let answer = try await blocking { [domain] in try domain.agentCommand(text, timeout: 20) }
        return try JSONDecoder().decode(Envelope<Answer>.self, from: Data(answer.utf8)).answer
    }

    private static func decode(_ text: String?) -> Data { text.flatMap { Data(base64Encoded: $0) } ?? Data() }

    private struct Request: Encodable {
        var execute: String
        var arguments: Arguments?

        struct Arguments: Encodable {
            var path: String?
            var arg: [String]?
            var inputData: String?
            var captureOutput: Bool?
            var pid: Int?
            var mode: String?
            var handle: Int?
            var bufB64: String?

            enum CodingKeys: String, CodingKey {
                case path, arg, pid, mode, handle
                case bufB64 = "buf-b64"
                case inputData = "input-data"
                case captureOutput = "capture-output"
            }
        }
    }

    private struct Envelope<Answer: Decodable>: Decodable {
        var answer: Answer
        enum CodingKeys: String, CodingKey { case answer = "return" }
    }

    private struct Empty: Decodable {}
    private struct Written: Decodable { var count: Int }
    private struct Bytes: Decodable {
        var bufB64: String
        enum CodingKeys: String, CodingKey { case bufB64 = "buf-b64" }
    }
    private struct Started: Decodable { var pid: Int }
    private struct Status: Decodable {
        var exited: Bool
        var exitCode: Int32?
        var signal: Int32?
        var outData: String?
        var errData: String?

        enum CodingKeys: String, CodingKey {
            case exited, signal
            case exitCode = "exitcode"
            case outData = "out-data"
            case errData = "err-data"
        }
    }
}

extension Data {
    /// The bytes in pieces of at most that many.
    fileprivate func chunks(of size: Int) -> [Data] {
        stride(from: startIndex, to: endIndex, by: size).map { self[$0..<Swift.min($0 + size, endIndex)] }
    }
}
