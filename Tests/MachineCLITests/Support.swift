import Foundation
import GoFlags
import Testing

@testable import MachineCLI

let home = ["HOME": "/home/u"]

/// Reads a command line as `docker-machine` would be given it.
func read(_ line: String, environment: [String: String] = home) throws -> Invocation {
    try CommandLineReader(program: "/usr/bin/docker-machine", version: "0.16.2, build bd45ab13", environment: environment)
        .read(line.split(separator: " ").map(String.init))
}

/// The command that a line asks for.
func command(_ line: String, environment: [String: String] = home) throws -> CommandInvocation {
    guard case .run(let invocation) = try read(line, environment: environment) else { throw NotACommand(line: line) }
    return invocation
}

struct NotACommand: Error {
    let line: String
}

/// Compares a text with `Golden/NAME.txt`; with `UPDATE_GOLDEN=1` in the environment the file is written instead.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden").appendingPathComponent("\(name).txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
        try Data(text.utf8).write(to: file)
        return
    }
    let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    #expect(text == golden, "\(name).txt differs", sourceLocation: sourceLocation)
}
