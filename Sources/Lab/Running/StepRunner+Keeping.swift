extension StepRunner {
    /// Takes the checkpoint before a step. Where machines are off there can be none: the run goes on without.
    ///
    /// - Throws: ``StepError`` when there could be one and is not, `CancellationError`.
    func keep(before number: Int, _ values: [String: String]) async throws {
        let name = Checkpoint.name(beforeStep: number)
        let machines: [FleetMachine]
        do { machines = try await lab.machines() } catch {
            try Task.checkCancellation()
            throw StepError(description: "no checkpoint could be taken before it: \(error)")
        }
        let off = machines.filter { $0.state != .running }.map { "\($0.name) is \($0.state.rawValue)" }
        guard !machines.isEmpty, off.isEmpty else {
            let reason = machines.isEmpty ? "there is no machine yet" : off.joined(separator: ", ")
            return lab.events(.note("No checkpoint \(name): \(reason)"))
        }
        let last = number > 1 ? lab.topology.steps[number - 2].name : ""
        let progress = Checkpoint.Progress(
            step: number - 1, name: last, captured: captured(values), session: session.content)
        do {
            // One line is enough for what comes before every step.
            var quiet = lab
            quiet.events = { _ in }
            try await LabCheckpoints(quiet).take(name, replaces: true, progress: progress)
        } catch {
            try Task.checkCancellation()
            throw StepError(description: "no checkpoint could be taken before it: \(error)")
        }
    }
}
