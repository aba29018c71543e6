import DockerAPI
import Logging
import SwarmModel

/// Takes one task through its life: it makes the container, starts it, waits for its end, stops and removes it. It waits for things to
/// happen, and asks nothing again and again while they do not.
actor TaskRunner {
    private(set) var task: TaskRecord
    private(set) var life: TaskLife
    let surroundings: TaskSurroundings
    /// Its ID; its name serves until it is known.
    var container: String
    /// What is known of the container's end from events.
    private(set) var exit: (code: Int, cause: String?)?
    private(set) var isGone = false
    private(set) var health: ContainerEvent.Kind?
    var cause: String?
    var pulling: Pull?
    /// Whether the engine was asked to start the container: the answer may have been lost.
    var hasTriedStart = false
    /// Whether nothing new is sent to the container any more.
    var hasDrained = false
    /// Whether what the container was before this process is to be found out first.
    private var isUncertain: Bool
    private var isLeaving = false
    /// How often in a row the engine could not be reached.
    private var attempts = 0
    private(set) var isDetached = false
    private var isSignalled = false
    private var waiter: CheckedContinuation<Void, Never>?

    /// What has become of getting the image.
    enum Pull: Sendable {
        case underway(Task<Void, Never>)
        case over
    }

    /// - Parameter isNew: whether no container of the task can be there yet.
    init(_ task: TaskRecord, isNew: Bool, surroundings: TaskSurroundings) {
        self.task = task
        self.surroundings = surroundings
        life = TaskLife(task.status, desired: task.desiredState, now: surroundings.now)
        container = task.status.container?.id ?? task.name
        isUncertain = !isNew
    }

    /// Goes on until the task was removed, or until it is let go.
    func run() async {
        var told = task.status
        while !isDetached {
            let step = life.next()
            if life.status != told {
                told = life.status
                if told.state.isTerminal { surroundings.files.remove(for: task) }
                await surroundings.tell(task.id, told)
            }
            do {
                if isUncertain {
                    try await findOut()
                    isUncertain = false
                } else if isLeaving, step == .rest || step == .stop {
                    return try await leave()
                } else {
                    try await take(step)
                }
                attempts = 0
            } catch let error as EngineUnreachable {
                surroundings.logger.debug("a task waits for the engine", metadata: ["task": "\(task.id)", "error": "\(error)"])
                // Longer and longer: when the engine is back, the worker notices first and says so.
                attempts += 1
                await pause(surroundings.pause * min(1 << min(attempts - 1, 5), 30))
            } catch is CancellationError {
                return
            } catch {
                await refused(error, step)
            }
        }
    }

    private func take(_ step: TaskLife.Step) async throws {
        switch step {
        case .prepare: try await prepare()
        case .start: try await start()
        case .watch: try await watch()
        case .stop: try await stop()
        case .rest: await waitForChange()
        }
    }

    /// The engine says no, or the task is impossible.
    private func refused(_ error: any Error, _ step: TaskLife.Step) async {
        switch step {
        case .prepare: life.fail("\(error)")
        case .start: life.fail("starting container failed: \(error)")
        case .watch, .stop, .rest:
            // What runs must not be forgotten.
            surroundings.logger.warning(
                "the engine does not do as it is asked for a task", metadata: ["task": "\(task.id)", "error": "\(error)"])
            await pause(surroundings.pause)
        }
    }

    // MARK: What the worker says

    /// Takes over what managers want of it now.
    func update(_ new: TaskRecord) {
        task.desiredState = new.desiredState
        task.registryAuth = new.registryAuth
        task.startsAfter = new.startsAfter
        life.desired = new.desiredState
        signal()
    }

    /// Nobody wants the task any more: its container is stopped and removed.
    func remove() {
        isLeaving = true
        life.desired = .remove
        signal()
    }

    /// Lets the container be as it is.
    func detach() {
        isDetached = true
        signal()
    }

    func observe(_ event: ContainerEvent) {
        switch event.kind {
        case .died(let code): exit = (code, cause)
        case .ranOutOfMemory: cause = "out of memory"
        case .healthy, .unhealthy: health = event.kind
        case .destroyed: isGone = true
        }
        signal()
    }

    /// What the engine's list says where events may have been missed: the container's state, nil where it is not in it.
    func observe(listed state: String?) {
        let expected: Bool
        switch life.status.state {
        case .starting, .running: expected = state == "running"
        case .ready: expected = state == "created"
        default: expected = true
        }
        if !expected { isUncertain = true }
        if !expected || attempts > 0 { signal() }
    }

    /// Data or networks that it may have been waiting for have come.
    func somethingHasCome() { signal() }

    // MARK: Waiting

    func signal() {
        isSignalled = true
        waiter?.resume()
        waiter = nil
    }

    func waitForChange() async {
        if !isSignalled { await withCheckedContinuation { waiter = $0 } }
        isSignalled = false
    }

    /// Waits for a moment, or until something changes.
    func pause(_ duration: Duration) async {
        let timer = Task {
            try await Task.sleep(for: duration)
            self.signal()
        }
        await waitForChange()
        timer.cancel()
    }

    // MARK: State

    func change(_ change: (inout TaskLife) -> Void) { change(&life) }
    func note(exit code: Int, cause: String?) { exit = (code, cause) }
    func note(health kind: ContainerEvent.Kind?) { health = kind }
    func note(gone: Bool) { isGone = gone }
}
