import DockerAPI
import SwarmModel
import SwarmSecurity
import SwarmStore

/// What people ask of the swarm: the part of the Engine API that managers answer. Any manager can, as all of it is a matter of the
/// store, which is the same everywhere.
public struct Control: Sendable {
    let objects: ClusterStore
    let members: any StoreMembers
    let view: ClusterView
    let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - members: who takes part in the store.
    ///   - view: the manager's own copy of the store. While that is none yet, everything is read.
    ///   - now: what time it is.
    public init(
        _ objects: ClusterStore, members: any StoreMembers, view: ClusterView, now: @escaping @Sendable () -> Timestamp
    ) {
        self.objects = objects
        self.members = members
        self.view = view
        self.now = now
    }

    /// The swarm as it is now, but for its tasks.
    func present() async throws -> ClusterState { try await view.present().state }
}

/// Who takes part in the store. A manager's store answers; tests have their own.
public protocol StoreMembers: Sendable {
    /// Adds a member without a vote, or finds the one of this node that has this URL already.
    ///
    /// - Returns: its ID, and the peer URLs of all members by their IDs.
    func add(peerURL: String, node: String) async throws -> (id: UInt64, all: [UInt64: String])
    /// Gives a member its vote.
    ///
    /// - Returns: false while it has not caught up.
    func confirm(_ id: UInt64) async throws -> Bool
    func remove(_ id: UInt64) async throws
    /// Lets the others look for a member at this URL from now on. Nothing happens where they do already.
    func move(_ id: UInt64, to peerURL: String) async throws
    /// IDs of those that have a vote.
    func voters() async throws -> Set<UInt64>
    /// Lets another member lead.
    func transferLeadership(to id: UInt64) async throws
}
