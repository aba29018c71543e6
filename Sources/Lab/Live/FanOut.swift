import Foundation
import Synchronization

/// Runs one command on many machines at once.
public struct FanOut: Sendable {
    let fleet: any Fleet
    let timeout: Duration
    /// Called with a machine's name and one line of its output at a time, without the line's end.
    let line: @Sendable (String, OutputChunk.Stream, String) -> Void

    public init(
        _ fleet: any Fleet, timeout: Duration, line: @escaping @Sendable (String, OutputChunk.Stream, String) -> Void
    ) {
        self.fleet = fleet
        self.timeout = timeout
        self.line = line
    }

    /// - Returns: the worst exit status: the highest; 255 for a machine that could not be reached, whose reason is printed.
    public func run(_ command: String, on machines: [String]) async throws -> Int32 {
        let worst = await withTaskGroup(of: Int32.self) { group in
            for machine in machines {
                group.addTask { await one(command, machine) }
            }
            return await group.reduce(0) { max($0, $1) }
        }
        try Task.checkCancellation()
        return worst
    }

    private func one(_ command: String, _ machine: String) async -> Int32 {
        let rest = Mutex<(stdout: LineSplitter, stderr: LineSplitter)>((LineSplitter(), LineSplitter()))
        let line = line
        do {
            let result = try await fleet.run(command, on: machine, input: nil, timeout: timeout) { chunk in
                // Printed under the lock: the lines of one machine keep their order.
                rest.withLock {
                    let lines = chunk.stream == .stdout ? $0.stdout.add(chunk.data) : $0.stderr.add(chunk.data)
                    lines.forEach { line(machine, chunk.stream, $0) }
                }
            }
            rest.withLock {
                if let last = $0.stdout.rest { line(machine, .stdout, last) }
                if let last = $0.stderr.rest { line(machine, .stderr, last) }
            }
            return result.status
        } catch {
            if !(error is CancellationError) { line(machine, .stderr, "\(error)") }
            return 255
        }
    }
}

/// Cuts a stream of bytes into lines.
struct LineSplitter {
    private var pending = Data()

    mutating func add(_ data: Data) -> [String] {
        pending += data
        var lines: [String] = []
        while let end = pending.firstIndex(of: 0x0A) {
            lines.append(Self.text(pending[pending.startIndex..<end]))
            pending = Data(pending[pending.index(after: end)...])
        }
        return lines
    }

    /// What followed the last line's end, if anything did.
    var rest: String? { pending.isEmpty ? nil : Self.text(pending) }

    private static func text(_ data: Data) -> String {
        let text = String(decoding: data, as: UTF8.self)
        return text.hasSuffix("\r") ? String(text.dropLast()) : text
    }
}
