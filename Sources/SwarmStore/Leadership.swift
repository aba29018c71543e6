import FoundationEssentials
import Logging
import SwarmModel

/// The manager that leads, as it has written itself into the store.
public struct Leader: Sendable, Equatable, Codable {
    /// Its node.
    public var nodeID: String
    /// `host:port` of its management port.
    public var address: String
    /// Its member of the store.
    public var memberID: UInt64
    /// The store in which it leads.
    public var clusterID: UInt64
    /// The term in which it leads.
    public var term: UInt64

    /// Where the record is kept.
    public static let key = "leader"
}

/// What makes the writes of a leader void once there is another: the revision of the record that it wrote when it began to lead.
public struct Fence: Sendable, Hashable {
    /// Of the key `leader`.
    public var modRevision: UInt64

    /// A fence at this revision.
    public init(modRevision: UInt64) { self.modRevision = modRevision }
}

extension Transaction {
    /// The same transaction, on the condition that who has this fence still leads. Where that is not so, `StoreConflict` names the
    /// key `leader`.
    public func fenced(by fence: Fence) -> Transaction {
        var fenced = self
        fenced.conditions.insert(.modRevision(key: Leader.key, is: fence.modRevision), at: 0)
        return fenced
    }
}

extension StoreConflict {
    /// Whether the writer was fenced off: there is another leader by now.
    public var isFencedOff: Bool { condition.key == Leader.key }
}

/// Who leads the swarm, seen from this manager: the manager whose member leads the store.
public enum LeadershipState: Sendable, Equatable {
    /// This manager; its loops' transactions are to be fenced.
    case leader(fence: Fence)
    /// Another one; nil as long as it has not written who it is.
    case follower(leader: Leader?)
    /// None that this manager knows of.
    case noLeader

    fileprivate var isSettled: Bool { self != .noLeader && self != .follower(leader: nil) }
}

/// Follows the store's leader, and writes this manager into the store when it is the one.
///
/// A term has one leader, and terms only rise. So a record is only ever replaced by one of a later term, or by its own writer: a
/// leader that was deposed without knowing cannot fence off the one that came after it.
public struct Leadership: Sendable {
    private let members: EtcdMembers
    private let store: any Store
    private let nodeID: String
    private let address: String
    private let interval: Duration
    private let patience: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - store: The store behind `members`, where the record is kept.
    ///   - address: `host:port` of this manager's management port.
    ///   - interval: How often this node's etcd is asked, which takes the processor each time: a fifth of what an election takes.
    ///   - patience: For how long it may leave that unanswered before nobody is known to lead. On a host that is busy an answer
    ///     comes late, and whoever gave up leading for that would make all nodes look for a leader, and the host busier. What is
    ///     written by a leader that is none any more is refused anyway.
    public init(
        members: EtcdMembers, store: any Store, nodeID: String, address: String,
        interval: Duration = Patience.ofThisHost.election / 5,
        patience: Duration = Patience.ofThisHost.election * 3, logger: Logger
    ) {
        self.members = members
        self.store = store
        self.nodeID = nodeID
        self.address = address
        self.interval = interval
        self.patience = patience
        self.logger = logger
    }

    /// Every change of who leads, from the present state on, until the task is cancelled. Only the newest state is kept for a
    /// listener that is busy.
    public func states() -> AsyncStream<LeadershipState> {
        let (stream, continuation) = AsyncStream<LeadershipState>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let task = Task(executorPreference: Task.executor) {
            var last: LeadershipState?
            var known: Known?
            var answered = ContinuousClock.now
            while !Task.isCancelled {
                var state = LeadershipState.noLeader
                if let found = await look(&known) {
                    answered = .now
                    state = found
                } else if let last, .now - answered < patience {
                    state = last
                }
                if state != last, !Task.isCancelled {
                    continuation.yield(state)
                    last = state
                }
                try? await Task.sleep(for: state.isSettled ? interval : min(interval, .milliseconds(200)))
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    /// What is settled about a term, so that the store is asked once per term and not at every look.
    private struct Known {
        var clusterID: UInt64
        var term: UInt64
        var leaderID: UInt64
        var state: LeadershipState
    }

    /// - Returns: nil where this node's etcd does not answer in time.
    private func look(_ known: inout Known?) async -> LeadershipState? {
        let status: StoreStatus
        do {
            status = try await members.status()
        } catch StoreError.timedOut {
            return nil
        } catch {
            logger.debug("this node's etcd is away: \(error)")
            return .noLeader
        }
        do {
            guard let leaderID = status.leaderID else { return .noLeader }
            if let known, known.clusterID == status.clusterID, known.term == status.term, known.leaderID == leaderID {
                return known.state
            }
            let state = status.isLeader ? try await lead(status) : try await follow(status, leaderID: leaderID)
            if state.isSettled {
                known = Known(clusterID: status.clusterID, term: status.term, leaderID: leaderID, state: state)
            }
            return state
        } catch {
            logger.debug("who leads is not known: \(error)")
            return .noLeader
        }
    }

    private func lead(_ status: StoreStatus) async throws -> LeadershipState {
        let record = try await store.read(key: Leader.key, within: .seconds(2))
        let before = record.flatMap { try? JSONDecoder().decode(Leader.self, from: $0.value) }
        if let before, before.clusterID == status.clusterID {
            guard before.term <= status.term else { return .noLeader }
        }
        let leader = Leader(
            nodeID: nodeID, address: address, memberID: status.memberID, clusterID: status.clusterID, term: status.term)
        var claim = Transaction()
        claim.require(Leader.key, as: record)
        claim.put(Leader.key, try JSONEncoder().encode(leader))
        let revision = try await store.commit(claim, within: .seconds(2))
        logger.notice("this manager leads from now on", metadata: ["term": "\(status.term)"])
        return .leader(fence: Fence(modRevision: revision))
    }

    private func follow(_ status: StoreStatus, leaderID: UInt64) async throws -> LeadershipState {
        guard !status.isLearner else { return .follower(leader: nil) }
        let record = try await store.read(key: Leader.key, within: .seconds(2))
        guard let record, let leader = try? JSONDecoder().decode(Leader.self, from: record.value),
            leader.memberID == leaderID, leader.clusterID == status.clusterID
        else { return .follower(leader: nil) }
        return .follower(leader: leader)
    }
}
