import DockerAPI
import SwarmModel

/// What becomes of a task on its node: which step is next, and what its status says meanwhile. It never goes back.
struct TaskLife: Sendable, Equatable {
    private(set) var status: TaskRecord.Status
    /// What managers want of it.
    var desired: TaskState
    private let now: @Sendable () -> Timestamp

    /// What is to be done next.
    enum Step: Sendable, Equatable {
        /// To get the image and to make the container.
        case prepare
        /// To start the container, and to wait until it is healthy where that is checked.
        case start
        /// To wait for its end.
        case watch
        /// To stop the container.
        case stop
        /// Nothing, until something else is desired.
        case rest
    }

    init(_ status: TaskRecord.Status, desired: TaskState, now: @escaping @Sendable () -> Timestamp) {
        self.status = status
        self.desired = desired
        self.now = now
    }

    static func == (left: TaskLife, right: TaskLife) -> Bool { left.status == right.status && left.desired == right.desired }

    /// Takes it as far as it comes without doing anything.
    mutating func next() -> Step {
        if status.state.isTerminal { return .rest }
        if desired >= .shutdown { return .stop }
        if status.state < .accepted { move(to: .accepted, "accepted") }
        if status.state < .preparing { move(to: .preparing, "preparing") }
        if status.state == .ready, desired >= .running { move(to: .starting, "starting") }
        switch status.state {
        case .preparing: return .prepare
        case .ready: return .rest
        case .starting: return .start
        default: return .watch
        }
    }

    /// There is a container that has never run.
    mutating func prepared(container: String) {
        note(container: container)
        if status.state < .ready { move(to: .ready, "prepared") }
    }

    /// The container runs, and well.
    mutating func started(container: String, pid: Int, ports: [PortConfig]?) {
        note(container: container, pid: pid)
        status.ports = ports
        if status.state < .running { move(to: .running, "started") }
    }

    /// The container runs; whether well is not known yet.
    mutating func starting(container: String, pid: Int) {
        note(container: container, pid: pid)
        if status.state < .starting { move(to: .starting, "starting") }
    }

    /// The container has ended by itself.
    ///
    /// - Parameter cause: why, where more is known than its exit code.
    mutating func exited(container: String, code: Int, cause: String?) {
        guard !status.state.isTerminal else { return }
        note(container: container, code: code)
        // What has ended has run.
        if status.state < .running { move(to: .running, "started") }
        if code == 0 {
            move(to: .complete, "finished")
        } else {
            fail("task: non-zero exit (\(code))" + (cause.map { ": \($0)" } ?? ""))
        }
    }

    /// It was stopped as was desired, or there was nothing to stop.
    mutating func stopped(container: String?, code: Int?) {
        if let container { note(container: container, code: code) }
        if !status.state.isTerminal { move(to: .shutdown, "shutdown") }
    }

    /// It cannot go on: what has not begun to run is rejected, and what has is failed.
    mutating func fail(_ error: String) {
        guard !status.state.isTerminal else { return }
        status.error = error
        status.state = status.state < .starting ? .rejected : .failed
        status.timestamp = now()
    }

    private mutating func note(container: String, pid: Int = 0, code: Int? = nil) {
        var told = status.container ?? SwarmTask.ContainerStatus()
        told.id = container
        told.pid = pid
        told.exitCode = code ?? told.exitCode ?? 0
        status.container = told
    }

    private mutating func move(to state: TaskState, _ message: String) {
        status.state = state
        status.message = message
        status.error = ""
        status.timestamp = now()
    }
}
