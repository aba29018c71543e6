import Foundation
import Lab
import Synchronization

/// Shows what is going on: on a terminal a few lines that change in place, in a pipe plain lines that begin with the machine's name.
final class ProgressPrinter: Sendable {
    private struct State {
        /// What is under way, in the order in which it began: what, since when, text.
        var live: [(name: String, since: ContinuousClock.Instant, text: String)] = []
        /// Lines on the screen that are to be drawn over.
        var drawn = 0
        var ticker: Task<Void, Never>?
    }

    private let state = Mutex(State())
    private let isTerminal: Bool
    private let file: String
    /// Kept from the beginning: events come from anywhere.
    private let write = Surroundings.current.write

    /// - Parameter file: the lab's file, for where a failed step stands.
    init(file: String, isTerminal: Bool = Terminal.isOutputTerminal) {
        self.file = file
        self.isTerminal = isTerminal
    }

    /// Takes an event; may be called from anywhere.
    func callAsFunction(_ event: LabEvent) {
        state.withLock { state in
            switch event {
            case .note(let text): show([text], &state)
            case .machine(let name, let text): begin(name, text, &state)
            case .machineDone(let name, let text): end(name, text, &state)
            case .machineFailed(let name, let text): end(name, Colour.red(text), &state)
            case .stepStarted(let number, let count, let name): begin("\(number)/\(count)", name, &state, quiet: true)
            case .stepRetrying(let number, let mismatch):
                guard isTerminal, let index = state.live.firstIndex(where: { $0.name.hasPrefix("\(number)/") }) else { return }
                let name = state.live[index].text.components(separatedBy: "  … ").first ?? ""
                state.live[index].text = "\(name)  … \(mismatch.description)"
                draw([], &state)
            case .stepFinished(let result, let count):
                state.live.removeAll { $0.name == "\(result.number)/\(count)" }
                // Machines that a fault was about are done with.
                if isTerminal { state.live.removeAll { !$0.name.contains("/") } }
                show(lines(result, count), &state)
            }
        }
    }

    /// Takes what changes off the screen; what was printed for good stays.
    func finish() {
        state.withLock {
            $0.ticker?.cancel()
            $0.ticker = nil
            $0.live = []
            if isTerminal { draw([], &$0) }
        }
    }

    // MARK: Drawing

    private func begin(_ name: String, _ text: String, _ state: inout State, quiet: Bool = false) {
        guard isTerminal else {
            if !quiet { print("\(name) | \(text)") }
            return
        }
        if let index = state.live.firstIndex(where: { $0.name == name }) {
            state.live[index].text = text
        } else {
            state.live.append((name, .now, text))
        }
        startTicking(&state)
        draw([], &state)
    }

    private func end(_ name: String, _ text: String, _ state: inout State) {
        state.live.removeAll { $0.name == name }
        show([isTerminal ? "\(name)  \(text)" : "\(name) | \(text)"], &state)
    }

    private func show(_ lines: [String], _ state: inout State) {
        isTerminal ? draw(lines, &state) : lines.forEach(print)
    }

    private func print(_ line: String) { write(.output, Data((line + "\n").utf8)) }

    private func draw(_ lines: [String], _ state: inout State) {
        var text = state.drawn > 0 ? "\u{1B}[\(state.drawn)F\u{1B}[J" : ""
        for line in lines { text += line + "\n" }
        let width = Terminal.width
        let shown = state.live.suffix(20)
        for item in shown {
            let time = (ContinuousClock.now - item.since).brief
            let line = "▸ \(item.name)  \(item.text.replacing("\n", with: " "))"
            text += Colour.grey(String(line.prefix(max(10, width - time.count - 4))) + "  " + time) + "\n"
        }
        state.drawn = shown.count
        write(.output, Data(text.utf8))
    }

    /// The times of what is under way go on while nothing happens.
    private func startTicking(_ state: inout State) {
        guard state.ticker == nil else { return }
        state.ticker = Task.detached { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                guard let self, !Task.isCancelled else { return }
                self.state.withLock { if !$0.live.isEmpty { self.draw([], &$0) } }
            }
        }
    }

    // MARK: Steps

    private func lines(_ result: StepResult, _ count: Int) -> [String] {
        let tries = result.tries > 1 ? ", \(result.tries) tries" : ""
        let head = "\(result.number)/\(count)  \(result.name)"
        let time = Colour.grey("(\(result.duration.brief)\(tries))")
        switch result.verdict {
        case .passed: return ["\(Colour.green("ok"))    \(head)  \(time)"]
        case .skipped(let reason): return [Colour.grey("skip  \(head)  (\(reason))")]
        case .failed(let mismatches):
            return ["\(Colour.red("FAIL"))  \(head)  \(time)  \(file):\(result.line)"]
                + mismatches.flatMap { indented($0.description) } + evidence(result)
        case .error(let reason):
            return ["\(Colour.red("ERROR")) \(head)  \(time)  \(file):\(result.line)"] + indented(reason) + evidence(result)
        }
    }

    private func evidence(_ result: StepResult) -> [String] {
        guard result.tries > 0 else { return [] }
        let command = result.command.isEmpty ? [] : indented(result.command, with: "$ ", then: "> ")
        return command + (result.output.isEmpty ? [] : indented(result.outputExcerpt(), with: "| ", then: "| "))
    }

    private func indented(_ text: String, with first: String = "", then next: String = "") -> [String] {
        text.split(omittingEmptySubsequences: false) { $0.isNewline }.enumerated().map { index, line in
            "      " + (index == 0 ? first : next) + line
        }
    }
}
