import Foundation

/// A lab and what it stands on: what every verb works with.
public struct Workspace: Sendable {
    public let topology: Topology
    public let file: URL
    public let source: String
    public let fleet: any Fleet
    public let store: LabStore
    public var events: LabEvents

    public init(
        topology: Topology, file: URL, source: String, fleet: any Fleet, store: LabStore, events: @escaping LabEvents = { _ in }
    ) {
        self.topology = topology
        self.file = file
        self.source = source
        self.fleet = fleet
        self.store = store
        self.events = events
    }

    public var name: String { topology.name }

    /// The lab's own machines by name: what its file or its state names and the fleet has.
    public func machines() async throws -> [FleetMachine] {
        let owned = Set(try store.load(name)?.machines ?? [])
        let order = topology.machines.map(\.name)
        return try await fleet.machines().filter { owned.contains($0.name) }.sorted {
            (order.firstIndex(of: $0.name) ?? .max, $0.name) < (order.firstIndex(of: $1.name) ?? .max, $1.name)
        }
    }
}

/// Runs `body` for every element, at most `limit` at a time. The first error cancels the rest and is thrown once they ended.
func forEachConcurrently<Element: Sendable>(
    _ elements: [Element], limit: Int, _ body: @escaping @Sendable (Element) async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        var waiting = elements.makeIterator()
        for _ in 0..<max(1, limit) {
            guard let element = waiting.next() else { break }
            group.addTask { try await body(element) }
        }
        while try await group.next() != nil {
            if let element = waiting.next() { group.addTask { try await body(element) } }
        }
    }
}

/// Runs `body` to its end even when the task around it is cancelled: cleaning up is not to be interrupted half-way.
func uninterrupted<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await Task.detached { try await body() }.value
}
