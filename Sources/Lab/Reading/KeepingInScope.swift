/// Which checkpoints there are at one place of a file, and whether the lab is suspended there.
struct KeepingInScope {
    private var checkpoints: [String] = []
    /// The step that suspended the lab.
    private var suspender: Int?

    /// Goes on to the next step.
    ///
    /// - Returns: why the step cannot be carried out at its place, or nil.
    mutating func take(_ action: Step.Action, number: Int) -> String? {
        let asleep = suspender.map { "while step \($0) has the lab suspended; resume it first" }
        switch action {
        case .checkpoint(let name):
            checkpoints.append(name)
            return asleep.map { "step \(number) takes a checkpoint \($0)" }
        case .rewind(let name):
            suspender = nil
            guard !checkpoints.contains(name) else { return nil }
            let meant = Spelling.closest(to: name, among: checkpoints)
            return "step \(number) rewinds to checkpoint \"\(name)\", which no earlier step takes"
                + (meant.map { "; did you mean \"\($0)\"?" } ?? "")
        case .suspend:
            if let suspender { return "step \(number) suspends the lab, which step \(suspender) has done already" }
            suspender = number
            return nil
        case .resume:
            defer { suspender = nil }
            return suspender == nil ? "step \(number) resumes the lab, which no earlier step suspends" : nil
        case .run(_, on: .machine(let machine)): return asleep.map { "step \(number) runs on \(machine) \($0)" }
        case .fault: return asleep.map { "step \(number) is a fault \($0)" }
        case .run, .wait, .check: return nil
        }
    }
}
