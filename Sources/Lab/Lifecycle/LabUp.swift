import Foundation
import Synchronization

/// Brings a lab up: makes what is missing, starts what is stopped, resumes what is suspended, forms the swarm, and leaves
/// alone what is as it should be.
public struct LabUp: Sendable {
    public struct Options: Sendable {
        /// How many machines are made at once.
        public var parallel: Int
        /// Leave what was made where it is when something goes wrong.
        public var keepsOnFailure: Bool
        /// How long the swarm may take to have all nodes ready.
        public var timeout: Duration

        public init(parallel: Int = 4, keepsOnFailure: Bool = false, timeout: Duration = .seconds(600)) {
            self.parallel = parallel
            self.keepsOnFailure = keepsOnFailure
            self.timeout = timeout
        }
    }

    /// What an `up` did.
    public struct Summary: Sendable, Equatable {
        public var created: [String] = []
        public var started: [String] = []
        public var resumed: [String] = []
        /// Swarm changes, one line each.
        public var swarm: [String] = []

        public var isNothing: Bool { created.isEmpty && started.isEmpty && resumed.isEmpty && swarm.isEmpty }
    }

    let lab: Workspace
    let options: Options

    public init(_ lab: Workspace, options: Options = .init()) {
        self.lab = lab
        self.options = options
    }

    /// - Throws: what went wrong, after everything this call made has been removed again (unless `keepsOnFailure`).
    public func run() async throws -> Summary {
        if try lab.store.load(lab.name) != nil { try await LabCheckpoints(lab).removeHalfMade() }
        let before = try lab.store.load(lab.name)
        if let before, before.file != lab.file.path, FileManager.default.fileExists(atPath: before.file) {
            throw LabError(
                "a lab called \"\(lab.name)\" is up from another file, \(before.file); take that one down first (lab down \(lab.name))"
            )
        }
        let present = try await lab.fleet.machines()
        try checkOwnership(present, owned: Set(before?.machines ?? []))
        try checkOrchestrator(present, before)

        var state = before ?? LabState(name: lab.name, file: lab.file.path, source: lab.source)
        state.source = lab.source
        state.orchestrator = lab.topology.orchestrator
        // Noted before they are made: whatever happens from here on, `down` knows what to remove.
        state.machines = state.machines + lab.topology.machines.map(\.name).filter { !state.machines.contains($0) }
        state.isComplete = false
        try lab.store.save(state)

        let made = Mutex<[String]>([])
        do {
            var summary = try await bringUpMachines(present, made)
            if !summary.resumed.isEmpty { try await waitForSwarm(before?.suspension?.swarm) }
            summary.swarm = try await SwarmFormation(lab, timeout: options.timeout, parallel: options.parallel).form()
            state.isComplete = true
            state.suspension = nil
            try lab.store.save(state)
            return summary
        } catch {
            if options.keepsOnFailure { throw error }
            try await rollBack(made.withLock { $0 }, to: before, after: error)
            throw error
        }
    }

    /// A swarm that has just been resumed is not to be mended while it finds itself again. One that does not is mended.
    private func waitForSwarm(_ swarm: SwarmHealth?) async throws {
        do {
            try await SwarmReturn(lab, timeout: min(options.timeout, .seconds(60))).wait(for: swarm)
        } catch let error as LabError {
            lab.events(.note(error.description.split(separator: "\n").first.map(String.init) ?? ""))
        }
    }

    /// Machines of that name that the lab did not make are not the lab's to touch.
    private func checkOwnership(_ present: [FleetMachine], owned: Set<String>) throws {
        let wanted = Set(lab.topology.machines.map(\.name)).subtracting(owned)
        let foreign = present.map(\.name).filter(wanted.contains)
        guard let first = foreign.first else { return }
        let whose =
            lab.store.owner(of: first).map { "belongs to lab \"\($0)\" (lab down \($0))" }
            ?? "exists already and is not the lab's (docker-machine rm \(foreign.joined(separator: " ")))"
        throw LabError("machine \"\(first)\" \(whose); nothing was done")
    }

    /// Machines keep the orchestrator they were made with; and where some are to be made, it must be there.
    private func checkOrchestrator(_ present: [FleetMachine], _ before: LabState?) throws {
        let wanted = lab.topology.orchestrator
        let owned = present.filter { before?.machines.contains($0.name) ?? false }
        if let before, before.orchestrator != wanted, !owned.isEmpty {
            throw LabError(
                "lab \"\(lab.name)\" is up with orchestrator \(before.orchestrator.rawValue), and machines do not change theirs; "
                    + "take it down first (lab down \(lab.name)), or use --orchestrator \(before.orchestrator.rawValue)")
        }
        let made = Set(present.filter { $0.state != .notFound }.map(\.name))
        if !lab.topology.machines.allSatisfy({ made.contains($0.name) }) { try lab.fleet.check(wanted) }
    }

    // MARK: Machines

    private func bringUpMachines(_ present: [FleetMachine], _ made: borrowing Mutex<[String]>) async throws -> Summary {
        var summary = Summary()
        var missing: [TopologyMachine] = []
        var asleep: [FleetMachine] = []
        for wanted in lab.topology.machines where wanted.creation == .up {
            guard let machine = present.first(where: { $0.name == wanted.name }), machine.state != .notFound else {
                missing.append(wanted)
                continue
            }
            if machine.state == .running { lab.events(.machineDone(wanted.name, "is running")) } else { asleep.append(machine) }
        }
        for machine in present where machine.state == .notFound && missing.contains(where: { $0.name == machine.name }) {
            // The store still has an entry, but the machine is gone: make room for a new one.
            try await lab.fleet.remove(machine.name)
        }
        let (fleet, events, topology) = (lab.fleet, lab.events, lab.topology)
        summary.created = missing.map(\.name)
        let ready = Collected()
        do {
            try await forEachConcurrently(missing, limit: options.parallel) { machine in
                do {
                    events(.machine(machine.name, "creating"))
                    try await fleet.create(machine.spec(in: topology)) { events(.machine(machine.name, $0)) }
                    ready.add(machine.name)
                    events(.machineDone(machine.name, "created"))
                } catch {
                    if !(error is CancellationError) { events(.machineFailed(machine.name, "\(error)")) }
                    throw error
                }
            }
        } catch {
            made.withLock { $0 = ready.names }
            throw error
        }
        made.withLock { $0 = ready.names }
        summary.resumed = asleep.filter(\.isSuspended).map(\.name)
        if !summary.resumed.isEmpty { try await LabSuspension.wake(summary.resumed, lab) }
        let off = asleep.filter { !$0.isSuspended }
        try await forEachConcurrently(off, limit: options.parallel) { machine in
            events(.machine(machine.name, "starting"))
            try await fleet.start(machine.name)
            events(.machineDone(machine.name, "started"))
        }
        summary.started = off.map(\.name)
        return summary
    }

    // MARK: When it goes wrong

    private func rollBack(_ made: [String], to before: LabState?, after error: any Error) async throws {
        let lab = lab
        try await uninterrupted {
            if !made.isEmpty { lab.events(.note("Removing what was made: \(made.joined(separator: ", "))")) }
            var left: [String] = []
            for name in made {
                do {
                    try await lab.fleet.remove(name)
                    lab.events(.machineDone(name, "removed"))
                } catch {
                    lab.events(.machineFailed(name, "could not be removed: \(error)"))
                    left.append(name)
                }
            }
            // What could not be removed stays the lab's, so that `down` can try again.
            if var before {
                before.machines += left.filter { !before.machines.contains($0) }
                try lab.store.save(before)
            } else if left.isEmpty {
                try lab.store.remove(lab.name)
            }
        }
    }
}

/// Names gathered by tasks that run at once.
private final class Collected: Sendable {
    private let list = Mutex<[String]>([])

    func add(_ name: String) { list.withLock { $0.append(name) } }
    var names: [String] { list.withLock { $0 } }
}

extension TopologyMachine {
    func spec(in topology: Topology) -> MachineSpec {
        MachineSpec(
            name: name, memoryMiB: memory, cpus: cpus, diskMB: disk, driver: driver, engine: engine,
            network: topology.network, orchestrator: topology.orchestrator)
    }
}
