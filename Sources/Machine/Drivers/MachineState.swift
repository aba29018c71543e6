/// What a machine is doing, in docker-machine's words.
public enum MachineState: String, Sendable {
    case none = ""
    case running = "Running"
    case paused = "Paused"
    case saved = "Saved"
    case stopped = "Stopped"
    case stopping = "Stopping"
    case starting = "Starting"
    case error = "Error"
    case timeout = "Timeout"
}
