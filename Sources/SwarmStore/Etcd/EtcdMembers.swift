import EtcdRPC
import GRPCCore
import SwarmModel

/// A member of the store.
public struct StoreMember: Sendable, Equatable {
    /// etcd's id of it.
    public var id: UInt64
    /// Its name, the id of its node; empty until it has started for the first time.
    public var name: String
    /// Where other members reach it.
    public var peerURLs: [String]
    /// Whether it only follows: it has no vote yet.
    public var isLearner: Bool
}

/// How this node's etcd is.
public struct StoreStatus: Sendable, Equatable {
    /// The store that it belongs to.
    public var clusterID: UInt64
    /// This member.
    public var memberID: UInt64
    /// The leader that it knows; nil while there is none.
    public var leaderID: UInt64?
    /// The leader's term: one more with every election.
    public var term: UInt64
    /// Whether this member has no vote.
    public var isLearner: Bool
    /// How large the data is on disk, in bytes.
    public var size: UInt64
    /// How much of that is in use, in bytes.
    public var sizeInUse: UInt64
    /// etcd's version.
    public var version: String
    /// What is wrong, in etcd's words: no leader, no space, damaged data.
    public var errors: [String]

    /// Whether this member leads.
    public var isLeader: Bool { leaderID == memberID }
}

/// Why the store's members were not changed.
public enum MembershipError: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no member with this id.
    case notFound
    /// A member with this URL is there already.
    case alreadyThere
    /// The member has not caught up with the leader yet, so it cannot have a vote.
    case notInSync
    /// The member has a vote already.
    case notLearner
    /// Another member without a vote is still on its way; one at a time is allowed.
    case learnerOnItsWay

    /// The text for a person.
    public var description: String {
        switch self {
        case .notFound: "the swarm's store has no such member"
        case .alreadyThere: "the swarm's store has a member with that address already"
        case .notInSync: "the new member of the swarm's store has not caught up yet"
        case .notLearner: "the member of the swarm's store has a vote already"
        case .learnerOnItsWay: "another manager is just joining: try again when it has joined"
        }
    }
}

/// The members of the store, seen and changed through this node's etcd.
///
/// Whether enough members remain is not checked here: whoever removes one has to.
public struct EtcdMembers: Sendable {
    private let connection: EtcdConnection
    private let patience: Duration

    /// Through this connection. A change fails with `StoreError.noLeader` after `leaderPatience` without one.
    public init(_ connection: EtcdConnection, leaderPatience: Duration = Patience.ofThisHost.leaderless) {
        self.connection = connection
        patience = leaderPatience
    }

    /// How this node's etcd is. It answers also without a leader, once it has been part of a store with one; fails at once while
    /// etcd is away.
    public func status(within limit: Duration = .seconds(1)) async throws -> StoreStatus {
        let response = try await connection.call(within: limit, waits: false) { options in
            try await connection.maintenance.status(EtcdStatusRequest(), options: options)
        }
        return StoreStatus(
            clusterID: response.header.clusterID, memberID: response.header.memberID,
            leaderID: response.leader == 0 ? nil : response.leader, term: response.raftTerm, isLearner: response.isLearner,
            size: UInt64(max(0, response.dbSize)), sizeInUse: UInt64(max(0, response.dbSizeInUse)), version: response.version,
            errors: response.errors)
    }

    /// All members, as this node's etcd knows them. etcd 3.5 asks the leader first, 3.4 does not.
    public func members(within limit: Duration = defaultStoreLimit) async throws -> [StoreMember] {
        var request = EtcdMemberListRequest()
        request.linearizable = true
        return try await change(within: limit, idempotent: true) { [request] options in
            try await connection.cluster.memberList(request, metadata: needsLeader, options: options).members
        }.map(StoreMember.init)
    }

    /// Adds a member without a vote, which is to be started with all the members that are returned, it among them as the one with
    /// its URL. There can be one at a time.
    public func addLearner(
        peerURL: String, within limit: Duration = defaultStoreLimit
    ) async throws -> (added: StoreMember, members: [StoreMember]) {
        var request = EtcdMemberAddRequest()
        request.peerUrls = [peerURL]
        request.isLearner = true
        let response = try await change(within: limit) { [request] options in
            try await connection.cluster.memberAdd(request, metadata: needsLeader, options: options)
        }
        return (StoreMember(response.member), response.members.map(StoreMember.init))
    }

    /// Gives a learner its vote. `MembershipError.notInSync` until it has caught up.
    public func promote(_ id: UInt64, within limit: Duration = defaultStoreLimit) async throws {
        var request = EtcdMemberPromoteRequest()
        request.id = id
        try await change(within: limit) { [request] options in
            _ = try await connection.cluster.memberPromote(request, metadata: needsLeader, options: options)
        }
    }

    /// Waits until a learner has caught up, and gives it its vote. Nothing happens if it has it.
    public func promoteWhenInSync(_ id: UInt64, within limit: Duration) async throws {
        let end = ContinuousClock.now + limit
        while true {
            do {
                return try await promote(id, within: end - .now)
            } catch MembershipError.notLearner {
                return
            } catch MembershipError.notInSync where ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Removes a member. `MembershipError.notFound` if it is gone already.
    public func remove(_ id: UInt64, within limit: Duration = defaultStoreLimit) async throws {
        var request = EtcdMemberRemoveRequest()
        request.id = id
        try await change(within: limit) { [request] options in
            _ = try await connection.cluster.memberRemove(request, metadata: needsLeader, options: options)
        }
    }

    /// Tells all members that one of them is reached elsewhere from now on.
    public func updatePeerURL(_ id: UInt64, to peerURL: String, within limit: Duration = defaultStoreLimit) async throws {
        var request = EtcdMemberUpdateRequest()
        request.id = id
        request.peerUrls = [peerURL]
        try await change(within: limit, idempotent: true) { [request] options in
            _ = try await connection.cluster.memberUpdate(request, metadata: needsLeader, options: options)
        }
    }

    /// Makes another member the leader. This node's member has to be it.
    public func moveLeader(to id: UInt64, within limit: Duration = defaultStoreLimit) async throws {
        var request = EtcdMoveLeaderRequest()
        request.targetID = id
        try await change(within: limit) { [request] options in
            _ = try await connection.maintenance.moveLeader(request, metadata: needsLeader, options: options)
        }
    }

    /// Gives back to the disk what the data no longer uses. etcd answers nothing else meanwhile.
    public func defragment(within limit: Duration = defaultStoreLimit) async throws {
        try await change(within: limit) { options in
            _ = try await connection.maintenance.defragment(EtcdDefragmentRequest(), options: options)
        }
    }

    /// Lets changes through again after space was made: etcd refuses them from the moment when it ran out of its quota.
    public func clearSpaceAlarm(within limit: Duration = defaultStoreLimit) async throws {
        try await change(within: limit, idempotent: true) { options in
            // Each is known by the member that raised it, and there is no name for all of them.
            let raised = try await connection.maintenance.alarm(EtcdAlarmRequest(), metadata: needsLeader, options: options)
            for alarm in raised.alarms where alarm.alarm == .nospace {
                var request = EtcdAlarmRequest()
                request.action = .deactivate
                request.alarm = alarm.alarm
                request.memberID = alarm.memberID
                _ = try await connection.maintenance.alarm(request, metadata: needsLeader, options: options)
            }
        }
    }

    private var needsLeader: Metadata { ["hasleader": "true"] }

    private func change<Response: Sendable>(
        within limit: Duration, idempotent: Bool = false, _ body: (CallOptions) async throws -> Response
    ) async throws -> Response {
        do {
            return try await connection.patiently(within: limit, patience: patience, idempotent: idempotent) { rest in
                try await connection.call(within: rest, body)
            }
        } catch let error as StoreError {
            throw MembershipError(error) ?? error
        }
    }
}

extension StoreMember {
    fileprivate init(_ member: EtcdMember) {
        self.init(id: member.id, name: member.name, peerURLs: member.peerUrls, isLearner: member.isLearner)
    }
}

extension MembershipError {
    /// etcd's errors are known by their texts.
    fileprivate init?(_ error: StoreError) {
        guard case .failed(let text) = error else { return nil }
        switch text {
        case "etcdserver: member not found": self = .notFound
        case "etcdserver: member ID already exist", "etcdserver: Peer URLs already exists": self = .alreadyThere
        case "etcdserver: can only promote a learner member which is in sync with leader": self = .notInSync
        case "etcdserver: can only promote a learner member": self = .notLearner
        case "etcdserver: too many learner members in cluster": self = .learnerOnItsWay
        default: return nil
        }
    }
}
