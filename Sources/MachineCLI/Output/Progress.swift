import Foundation
import Synchronization

/// Lines of progress; at a terminal also, under the last of them, how long it has been going on.
final class Progress: Sendable {
    private struct State {
        var since = ContinuousClock().now
        var isShown = false
    }

    private let state = Mutex(State())
    private let isTerminal: Bool

    private init(isTerminal: Bool) { self.isTerminal = isTerminal }

    /// Runs something that takes time; what it says is printed a line each.
    static func show<Result>(_ body: (_ log: @escaping @Sendable (String) -> Void) async throws -> Result) async rethrows
        -> Result
    {
        let progress = Progress(isTerminal: isatty(STDOUT_FILENO) == 1)
        let clock = Task { await progress.tick() }
        defer {
            clock.cancel()
            progress.clear()
        }
        return try await body { progress.say($0) }
    }

    private func say(_ line: String) {
        state.withLock { state in
            erase(&state)
            Terminal.out(line)
            state.since = ContinuousClock().now
        }
    }

    private func clear() { state.withLock { erase(&$0) } }

    private func tick() async {
        guard isTerminal else { return }
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            state.withLock { state in
                let seconds = (ContinuousClock().now - state.since).components.seconds
                // What ends soon needs no clock.
                guard seconds >= 3, !Task.isCancelled else { return }
                Terminal.raw("\r\u{1B}[2K  \(seconds) s")
                state.isShown = true
            }
        }
    }

    private func erase(_ state: inout State) {
        guard state.isShown else { return }
        Terminal.raw("\r\u{1B}[2K")
        state.isShown = false
    }
}
