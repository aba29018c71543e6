import Foundation
import Synchronization

@testable import Lab
@testable import LabCLI

/// The program `lab` in this process, on machines in memory, with a store of its own.
struct CommandLineBed {
    /// What a verb said and how it ended.
    struct Outcome: Equatable {
        var status: Int32
        var output: String
        var errors: String
    }

    let root = TestFolder.path()
    let fleet: FakeFleet

    init(_ fleet: FakeFleet = FakeFleet()) throws {
        self.fleet = fleet
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    func end() { try? FileManager.default.removeItem(at: root) }

    var store: LabStore { LabStore(root: root) }

    /// Writes a lab file and returns its path.
    func file(_ text: String, _ name: String = "x.yaml") throws -> String {
        let file = root.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    /// Types `lab VERB …`; the store is this bed's.
    func lab(_ words: String...) async -> Outcome { await lab(words) }

    func lab(_ words: [String]) async -> Outcome {
        let said = Said()
        let fleet = fleet
        let surroundings = Surroundings(
            makeFleet: { _ in fleet }, write: { stream, data in said.add(stream, data) }, isTerminal: false)
        // Options go before what follows `--`.
        let words = words.isEmpty ? [] : [words[0], "--storage-path", root.path] + words.dropFirst()
        let status = await LabProgram.run(words, in: surroundings)
        return Outcome(status: status, output: said.text(.output), errors: said.text(.errors))
    }
}

/// What a verb says, from any task.
private final class Said: Sendable {
    private let data = Mutex<(output: Data, errors: Data)>((Data(), Data()))

    func add(_ stream: Surroundings.Stream, _ piece: Data) {
        data.withLock { if stream == .output { $0.output += piece } else { $0.errors += piece } }
    }

    func text(_ stream: Surroundings.Stream) -> String {
        data.withLock { String(decoding: stream == .output ? $0.output : $0.errors, as: UTF8.self) }
    }
}

extension String {
    /// Times differ from run to run.
    var withoutTimes: String {
        replacing(/\d+ min( \d+ s)?|\d+(\.\d+)? (ms|s)\b/, with: "TIME").replacing(/\d+ seconds?/, with: "AGE")
    }

    /// How far columns are apart depends on what stands in them.
    var squeezed: String { withoutTimes.replacing(/\ +/, with: " ") }

    var lines: [String] { split(separator: "\n").map(String.init) }
}
