/// Takes a lab down: its machines and what is kept about it.
public struct LabDown: Sendable {
    let name: String
    let fleet: any Fleet
    let store: LabStore
    let parallel: Int
    let events: LabEvents

    public init(_ name: String, fleet: any Fleet, store: LabStore, parallel: Int = 4, events: @escaping LabEvents = { _ in }) {
        self.name = name
        self.fleet = fleet
        self.store = store
        self.parallel = parallel
        self.events = events
    }

    /// Removes every machine that belongs to the lab. A lab that is not up is no error.
    ///
    /// - Returns: the machines that were removed.
    /// - Throws: ``LabError`` naming the machines that could not be removed; the lab then still counts as up.
    public func run() async throws -> [String] {
        guard let state = try store.load(name) else { return [] }
        let present = try await fleet.machines().map(\.name).filter(state.machines.contains)
        let left = Failures()
        let (fleet, events) = (fleet, events)
        // A machine that cannot be removed is no reason to leave the others.
        try await forEachConcurrently(present, limit: parallel) { machine in
            events(.machine(machine, "removing"))
            do {
                try await fleet.remove(machine)
                events(.machineDone(machine, "removed"))
            } catch {
                events(.machineFailed(machine, "could not be removed: \(error)"))
                await left.add(machine)
            }
        }
        let stuck = await left.names
        guard stuck.isEmpty else {
            throw LabError(
                "could not remove \(stuck.sorted().joined(separator: ", ")); mend that and take the lab down again (lab down \(name)), "
                    + "or remove them by hand (docker-machine rm -f)")
        }
        try store.remove(name)
        return present
    }
}

private actor Failures {
    var names: [String] = []

    func add(_ name: String) { names.append(name) }
}
