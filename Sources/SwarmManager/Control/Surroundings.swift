import DockerAPI
import SwarmModel
import SwarmStore

/// What tasks are found by and shown with: the rest of the swarm as it was when they were read, or later.
struct Surroundings {
    /// Those that are being removed among them.
    var services: [Versioned<Service>]
    var nodes: [Versioned<Node>]
    /// The nodes by their IDs.
    var hosts: [String: Node]
    /// Networks as tasks show them, by their IDs.
    var networks: [String: SwarmNetwork]

    init(services: [Versioned<Service>], nodes: [Versioned<Node>], networks: [Versioned<Network>]) {
        self.services = services
        self.nodes = nodes
        hosts = Dictionary(nodes.map { ($0.value.id, $0.value) }) { first, _ in first }
        self.networks = Dictionary(networks.map { ($0.value.id, $0.value.attached(version: $0.version)) }) { first, _ in first }
    }
}

extension Control {
    /// How long this manager's own copy may take to come as far as the store.
    private static let patience: Duration = .milliseconds(200)

    /// Tasks as they are in the store, in order of their IDs, and what is around them. The store is asked only how far it is: the
    /// manager's own copy has come there a moment later, and costs nothing.
    ///
    /// - Parameter ids: what the tasks' IDs begin with; nil for all.
    func tasksAndSurroundings(_ ids: Set<String>? = nil) async throws -> (tasks: [StoreEntry], around: Surroundings) {
        let known = try await tasksInCopy()
        let (tasks, around) = if let known { known } else { try await tasksInStore() }
        guard let keys = ids?.map(StoreKey.task) else { return (tasks, around) }
        return (tasks.filter { task in keys.contains { task.key.hasPrefix($0) } }, around)
    }

    private func tasksInCopy() async throws -> (tasks: [StoreEntry], around: Surroundings)? {
        guard let view, let known = await view.tasks(at: try await objects.revision(), within: Self.patience) else { return nil }
        let around = Surroundings(
            services: Array(known.state.services.values), nodes: Array(known.state.nodes.values),
            networks: Array(known.state.networks.values))
        return (known.tasks, around)
    }

    private func tasksInStore() async throws -> (tasks: [StoreEntry], around: Surroundings) {
        let tasks = try await objects.taskEntries()
        let around = Surroundings(
            services: try await objects.services(), nodes: try await objects.nodes(), networks: try await objects.networks())
        return (tasks, around)
    }
}
