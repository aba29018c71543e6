import DockerAPI
import SwarmModel

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

    /// What is there at a revision of the store, or later. The manager's own copy has it a moment after the store does, and costs nothing:
    /// three more questions to the store took as long as that for the tasks.
    func surroundings(at revision: UInt64) async throws -> Surroundings {
        guard let state = await view?.state(at: revision, within: Self.patience) else {
            return Surroundings(
                services: try await objects.services(), nodes: try await objects.nodes(), networks: try await objects.networks())
        }
        return Surroundings(
            services: Array(state.services.values), nodes: Array(state.nodes.values), networks: Array(state.networks.values))
    }
}
