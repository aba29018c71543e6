import Foundation
import Synchronization

/// Why a step could not be carried out.
struct StepError: Error, CustomStringConvertible {
    let description: String
}

/// Carries out single steps.
struct StepRunner: Sendable {
    let lab: Workspace
    let session: HostSession
    /// When the whole run has to be over.
    let deadline: ContinuousClock.Instant?

    private var topology: Topology { lab.topology }
    private var fleet: any Fleet { lab.fleet }
    private var events: LabEvents { lab.events }

    /// What a try came to.
    struct Attempt {
        var outcome = Outcome()
        var mismatches: [Mismatch] = []
        /// Why the try could not be carried out.
        var error: String?
        var command = ""
        /// What is done only once has been done; only the expectations are left to be tried again.
        var isDone = false
    }

    /// Carries a step out, again and again until it holds or its time is up, and puts what it captures into `values`.
    ///
    /// - Throws: `CancellationError` only.
    func run(_ step: Step, number: Int, values: inout [String: String]) async throws -> StepResult {
        let clock = ContinuousClock()
        let start = clock.now
        let giveUp = step.until.map { start + $0.within }
        var tries = 0
        var last = Attempt()
        while true {
            tries += 1
            let (attempt, captured) = try await tryOnce(step, number, values, before: last)
            last = attempt
            let holds = attempt.mismatches.isEmpty && attempt.error == nil
            if holds {
                values.merge(captured) { $1 }
            } else if let until = step.until, let giveUp, clock.now < giveUp, !isOver {
                let reason =
                    attempt.mismatches.first ?? Mismatch(expected: "the step to run", actual: attempt.error ?? "it did not")
                events(.stepRetrying(number: number, reason))
                try await Task.sleep(for: min(until.every, max(giveUp - clock.now, .milliseconds(1))))
                continue
            }
            return StepResult(
                number: number, name: step.name, line: step.line, verdict: verdict(attempt, step), duration: clock.now - start,
                tries: tries, command: attempt.command, output: attempt.outcome.output)
        }
    }

    private var isOver: Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }

    /// The step's own, unless the run has to be over before that.
    private func timeout(of step: Step) -> Duration {
        deadline.map { min(step.timeout, max($0 - ContinuousClock.now, .milliseconds(1))) } ?? step.timeout
    }

    private func verdict(_ attempt: Attempt, _ step: Step) -> StepResult.Verdict {
        if let error = attempt.error { return .error(error) }
        return attempt.mismatches.isEmpty ? .passed : .failed(attempt.mismatches)
    }

    // MARK: One try

    private func tryOnce(
        _ step: Step, _ number: Int, _ values: [String: String], before last: Attempt
    ) async throws -> (Attempt, [String: String]) {
        var attempt = Attempt()
        do {
            let captured = values
            let values = try await withBuiltIns(values, for: step)
            let fill: Fill = { text in
                try VariableText(text).filled { name in
                    guard let value = values[name] else {
                        throw StepError(description: "${\(name)} has no value: the step that captures it did not pass")
                    }
                    return value
                }
            }
            if last.isDone {
                attempt = last
                attempt.mismatches = []
                attempt.error = nil
            } else {
                let progress = self.progress(after: number, step, captured)
                try await perform(step, progress, fill, &attempt)
            }
            if case .run = step.action, attempt.mismatches.isEmpty {
                attempt.mismatches = try Checker(fill: fill).mismatches(step.expect, attempt.outcome)
            }
            if let http = step.expect.http, attempt.mismatches.isEmpty {
                attempt.mismatches = try await HTTPChecker(fleet: fleet, fill: fill).mismatches(http)
            }
            guard attempt.mismatches.isEmpty else { return (attempt, [:]) }
            let found = capture(step, fill, &attempt)
            return (attempt, found)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // A command that is cut off by an interruption may report that in its own way.
            try Task.checkCancellation()
            attempt.error = "\(error)"
            return (attempt, [:])
        }
    }

    private func perform(
        _ step: Step, _ progress: Checkpoint.Progress, _ fill: @escaping Fill, _ attempt: inout Attempt
    ) async throws {
        switch step.action {
        case .check: break
        case .wait(let duration): try await Task.sleep(for: duration)
        case .checkpoint(let name):
            attempt.command = "lab checkpoint \(topology.name) \(name)"
            // Of an earlier run, say: this run's is the one that is meant.
            let checkpoint = try await LabCheckpoints(lab).take(name, replaces: true, progress: progress)
            attempt.outcome.append(Outcome(output: "\(checkpoint.machines.count) machines\n"))
        case .rewind(let name):
            attempt.command = "lab rewind \(topology.name) \(name)"
            let back = try await LabCheckpoints(lab, timeout: timeout(of: step)).rewind(to: name)
            attempt.outcome.append(Outcome(output: back.words + "\n"))
        case .suspend:
            attempt.command = "lab suspend \(topology.name)"
            let outcome = try await LabSuspension(lab).suspend()
            attempt.outcome.append(Outcome(output: outcome.words + "\n"))
        case .resume:
            attempt.command = "lab resume \(topology.name)"
            let outcome = try await LabSuspension(lab, timeout: timeout(of: step)).resume()
            attempt.outcome.append(Outcome(output: outcome.words + "\n"))
        case .fault(let fault):
            for name in fault.machines {
                events(.machine(name, "\(fault.verb.rawValue)"))
                switch fault.verb {
                case .kill: try await fleet.kill(name)
                case .stop: try await fleet.stop(name)
                case .start: try await fleet.start(name)
                }
            }
        case .run(let source, let place):
            let command = try fill(source)
            attempt.command = command
            let input = try step.input.map { Data(try fill($0).utf8) }
            for run in 0..<step.repetition.times {
                if run > 0, step.repetition.every > .zero { try await Task.sleep(for: step.repetition.every) }
                guard try await runOnce(command, place, input, step, &attempt) else { return }
            }
            return
        }
        attempt.isDone = true
    }

    /// How far the run has come once that step is over.
    func progress(after number: Int, _ step: Step, _ values: [String: String]) -> Checkpoint.Progress {
        .init(step: number, name: step.name, captured: captured(values), session: session.content)
    }

    /// The values that steps captured, without the constants of the file: those may change.
    func captured(_ values: [String: String]) -> [String: String] {
        values.filter { topology.variables[$0.key] != $0.value }
    }

    /// - Returns: false when the command did not end in time.
    private func runOnce(
        _ command: String, _ place: Step.Place, _ input: Data?, _ step: Step, _ attempt: inout Attempt
    ) async throws -> Bool {
        let both = Mutex((output: Data(), stdout: Data(), stderr: Data()))
        let gather: @Sendable (OutputChunk) -> Void = { chunk in
            both.withLock {
                $0.output += chunk.data
                if chunk.stream == .stdout { $0.stdout += chunk.data } else { $0.stderr += chunk.data }
            }
        }
        let timeout = timeout(of: step)
        do {
            let result =
                switch place {
                case .host: try await session.run(command, with: fleet, input: input, timeout: timeout, output: gather)
                case .machine(let name): try await fleet.run(command, on: name, input: input, timeout: timeout, output: gather)
                }
            let output = both.withLock { $0.output }
            attempt.outcome.append(
                Outcome(
                    statuses: [result.status], stdout: result.text, stderr: result.errorText,
                    output: output.isEmpty ? nil : String(decoding: output, as: UTF8.self)))
            return true
        } catch let error as CommandTimedOut {
            let seen = both.withLock { $0 }
            attempt.outcome.append(
                Outcome(
                    stdout: String(decoding: seen.stdout, as: UTF8.self), stderr: String(decoding: seen.stderr, as: UTF8.self),
                    output: String(decoding: seen.output, as: UTF8.self)))
            attempt.mismatches = [Mismatch(expected: "the command to end within \(timeout.brief)", actual: "it was \(error)")]
            return false
        }
    }

    // MARK: Values

    /// Adds `${lab.name}` and the addresses of machines that the step names; machines may come and go between steps.
    private func withBuiltIns(_ values: [String: String], for step: Step) async throws -> [String: String] {
        var values = values
        values["lab.name"] = topology.name
        let needed = Set(step.references.filter { BuiltInVariable($0) != nil && values[$0] == nil })
        guard !needed.isEmpty else { return values }
        let machines = try await fleet.machines()
        for name in needed {
            switch BuiltInVariable(name) {
            case .machineAddress(let machine): values[name] = try machines.running(machine).address
            case .machineURL(let machine): values[name] = try machines.running(machine).url
            case .labName, nil: break
            }
            if values[name] == nil { throw StepError(description: "${\(name)} is not known: the machine has no address") }
        }
        return values
    }

    private func capture(_ step: Step, _ fill: @escaping Fill, _ attempt: inout Attempt) -> [String: String] {
        var values: [String: String] = [:]
        for capture in step.captures {
            let text = attempt.outcome.text(capture.from)
            if let value = value(of: capture.source, in: text, fill), !value.isEmpty {
                values[capture.variable] = value
            } else {
                attempt.mismatches.append(
                    Mismatch(
                        expected:
                            "\(capture.from.rawValue) to hold the value of ${\(capture.variable)} (\(capture.source.words))",
                        actual: "it does not"))
            }
        }
        return values
    }

    private func value(of source: Capture.Source, in text: String, _ fill: @escaping Fill) -> String? {
        switch source {
        case .whole: return text.trimmed
        case .pattern(let pattern): return pattern.firstValue(in: text)
        case .cell(let conditions, let column):
            let checker = Checker(fill: fill)
            guard let table = DockerTable(text, needed: conditions.map(\.column) + [column]) else { return nil }
            let row = table.rows.first { row in
                conditions.allSatisfy { (try? checker.holds($0, row, table)) ?? false }
            }
            return row.flatMap { table.cell($0, column) }
        }
    }
}

extension Capture.Source {
    var words: String {
        switch self {
        case .whole: "all of it"
        case .pattern(let pattern): "/\(pattern.text)/"
        case .cell(let conditions, let column):
            "column \(column)" + (conditions.isEmpty ? "" : " where \(conditions.map(\.words).joined(separator: " and "))")
        }
    }
}

extension Step {
    /// The variables that the step refers to anywhere.
    var references: [String] {
        var texts = [input ?? ""]
        if case .run(let command, _) = action { texts.append(command) }
        for text in expect.texts { texts += [text.text ?? ""] + text.contains + text.lacks + text.patterns }
        if let http = expect.http { texts += [http.url] + http.contains + http.patterns }
        var conditions = expect.table?.has.flatMap { $0.conditions + $0.cells } ?? []
        for capture in captures {
            if case .cell(let row, _) = capture.source { conditions += row }
        }
        for condition in conditions {
            if case .text(let text) = condition.value { texts.append(text) }
        }
        return texts.flatMap { VariableText($0).references }
    }
}

extension [FleetMachine] {
    /// The machine of that name, if it runs.
    func running(_ name: String) throws -> FleetMachine {
        guard let machine = first(where: { $0.name == name }) else {
            throw StepError(description: "machine \"\(name)\" does not exist")
        }
        guard machine.state == .running else {
            throw StepError(description: "machine \"\(name)\" is not running (it is \(machine.state.rawValue))")
        }
        return machine
    }
}
