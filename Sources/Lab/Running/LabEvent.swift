/// What a person is told while a lab is at work.
public enum LabEvent: Sendable, Equatable {
    /// A line about the lab as a whole.
    case note(String)
    /// What a machine is doing now.
    case machine(String, String)
    /// A machine is as it is to be.
    case machineDone(String, String)
    case machineFailed(String, String)
    case stepStarted(number: Int, of: Int, name: String)
    /// A try of a step did not hold and there is still time.
    case stepRetrying(number: Int, Mismatch)
    case stepFinished(StepResult, of: Int)
}

public typealias LabEvents = @Sendable (LabEvent) -> Void
