import SwarmModel

@testable import SwarmManager

/// What is in a store, whatever a manager's copy of it says.
extension ClusterStore {
    func service(_ id: String) async throws -> Versioned<Service>? { try await read(StoreKey.service(id)) }
    func services() async throws -> [Versioned<Service>] { try await all(StoreKey.services) }
    func task(_ id: String) async throws -> Versioned<TaskRecord>? { try await read(StoreKey.task(id)) }
    func tasks() async throws -> [Versioned<TaskRecord>] { try await all(StoreKey.tasks) }
    func networks() async throws -> [Versioned<Network>] { try await all(StoreKey.networks) }
}
