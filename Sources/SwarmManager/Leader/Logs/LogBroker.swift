import AsyncAlgorithms
import SwarmModel
import SwarmRPC
import Synchronization

/// Brings what containers write from their nodes to those who have asked for it: a reader's request becomes a subscription of the
/// nodes, whose publishers hand over one batch after the other, no faster than it is read.
final class LogBroker: Sendable {
    typealias Batches = AsyncThrowingChannel<WireLogBatch, any Error>

    private struct Reader {
        var selection: LogSelection
        var batches: Batches
        /// Nodes that have not told everything yet. Where the reader follows, none ever has.
        var awaited: Set<String>
        var begun: Set<String> = []
        var publishers: [Int: @Sendable () -> Void] = [:]
        var missing: [String] = []
    }

    private struct Inner {
        var readers: [String: Reader] = [:]
        var next = 0
    }

    private let inner = Mutex(Inner())
    private let sessions: Sessions
    private let board: TaskBoard
    /// How long a node may take to begin with what it was asked for.
    private let patience: Duration

    init(sessions: Sessions, board: TaskBoard, patience: Duration = .seconds(5)) {
        self.sessions = sessions
        self.board = board
        self.patience = patience
    }

    // MARK: - Readers

    /// Hands over what is written to `deliver`, until everything is told, which never happens to who follows.
    func read(_ selection: LogSelection, deliver: (WireLogBatch) async throws -> Void) async throws {
        var generator = SystemRandomNumberGenerator()
        let id = Identifier.make(using: &generator)
        let batches = Batches()
        let nodes = Set(board.nodes(of: selection.source).keys)
        inner.withLock { $0.readers[id] = Reader(selection: selection, batches: batches, awaited: nodes) }
        defer { forget(id) }
        let timer = Task { [patience] in
            try await Task.sleep(for: patience)
            giveUpSilent(id)
        }
        defer { timer.cancel() }
        for node in selection.follows ? sessions.connected : nodes {
            if !sessions.send(Self.subscription(id, selection), to: node) { miss(node, of: id) }
        }
        endIfComplete(id)
        for try await batch in batches { try await deliver(batch) }
    }

    private static func subscription(_ id: String, _ selection: LogSelection) -> WireManagerMessage {
        .with {
            $0.logs.id = id
            $0.logs.request = selection.wire
        }
    }

    /// What a node that has just come is asked for.
    func subscriptions() -> [WireManagerMessage] {
        inner.withLock { $0.readers.filter(\.value.selection.follows).map { Self.subscription($0.key, $0.value.selection) } }
    }

    private func forget(_ id: String) {
        let reader = inner.withLock { $0.readers.removeValue(forKey: id) }
        reader?.batches.finish()
        for end in reader?.publishers.values ?? [:].values { end() }
    }

    /// Ends all.
    func finish() {
        for id in inner.withLock({ Array($0.readers.keys) }) { forget(id) }
    }

    // MARK: - Publishers

    /// Takes one in; its node tells what it has for a reader.
    ///
    /// - Parameter end: is called when nobody reads any more.
    /// - Returns: what the publisher is called, and where its batches go; nil where nobody has asked.
    func open(_ id: String, node: String, end: @escaping @Sendable () -> Void) -> (key: Int, batches: Batches)? {
        inner.withLock { inner in
            guard let reader = inner.readers[id] else { return nil }
            inner.next += 1
            inner.readers[id]?.publishers[inner.next] = end
            inner.readers[id]?.begun.insert(node)
            return (inner.next, reader.batches)
        }
    }

    /// - Parameter isComplete: whether the node has told everything.
    func close(_ id: String, publisher: Int, node: String, isComplete: Bool) {
        let wasThere = inner.withLock { $0.readers[id]?.publishers.removeValue(forKey: publisher) != nil }
        guard wasThere else { return }
        if isComplete {
            inner.withLock { _ = $0.readers[id]?.awaited.remove(node) }
        } else {
            miss(node, of: id)
        }
        endIfComplete(id)
    }

    private func miss(_ node: String, of id: String) {
        inner.withLock { inner in
            if inner.readers[id]?.awaited.remove(node) != nil { inner.readers[id]?.missing.append(node) }
        }
    }

    /// Nodes that do not even begin are not waited for.
    private func giveUpSilent(_ id: String) {
        let silent = inner.withLock { inner in inner.readers[id].map { $0.awaited.subtracting($0.begun) } ?? [] }
        for node in silent { miss(node, of: id) }
        endIfComplete(id)
    }

    private func endIfComplete(_ id: String) {
        let reader = inner.withLock { inner in
            inner.readers[id].flatMap { $0.awaited.isEmpty && !$0.selection.follows ? $0 : nil }
        }
        guard let reader else { return }
        guard !reader.missing.isEmpty else { return reader.batches.finish() }
        let reasons = reader.missing.sorted().map { "node \($0) is not available" }.joined(separator: ", ")
        reader.batches.fail(LogsIncomplete(reasons: reasons))
    }
}

/// Some of what was asked for could not be had.
struct LogsIncomplete: Error, CustomStringConvertible {
    var reasons: String

    var description: String {
        "warning: incomplete log stream. some logs could not be retrieved for the following reasons: \(reasons)"
    }
}
