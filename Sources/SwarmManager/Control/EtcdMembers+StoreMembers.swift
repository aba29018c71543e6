import DockerAPI
import SwarmStore

extension EtcdMembers: StoreMembers {
    public func add(peerURL: String) async throws -> (id: UInt64, all: [UInt64: String]) {
        func urls(_ members: [StoreMember]) -> [UInt64: String] {
            Dictionary(members.map { ($0.id, $0.peerURLs.first ?? "") }) { first, _ in first }
        }
        do {
            let present = try await members()
            if let known = present.first(where: { $0.peerURLs.contains(peerURL) }) { return (known.id, urls(present)) }
            let (added, all) = try await addLearner(peerURL: peerURL)
            return (added.id, urls(all))
        } catch let error as MembershipError {
            throw APIError.remote(.unavailable, error.description)
        } catch let error as StoreError {
            throw APIError.remote(.unavailable, error.description)
        }
    }

    public func confirm(_ id: UInt64) async throws -> Bool {
        do {
            try await promote(id)
            return true
        } catch MembershipError.notInSync {
            return false
        } catch MembershipError.notLearner {
            return true
        } catch let error as StoreError {
            throw APIError.remote(.unavailable, error.description)
        }
    }

    public func remove(_ id: UInt64) async throws {
        do {
            try await remove(id, within: .seconds(10))
        } catch MembershipError.notFound {
            // Gone already.
        } catch let error as StoreError {
            throw APIError.remote(.unavailable, error.description)
        }
    }

    public func voters() async throws -> Set<UInt64> {
        do {
            return Set(try await members().filter { !$0.isLearner }.map(\.id))
        } catch let error as StoreError {
            throw APIError.remote(.unavailable, error.description)
        }
    }

    public func transferLeadership(to id: UInt64) async throws {
        do {
            try await moveLeader(to: id)
        } catch let error as StoreError {
            throw APIError.remote(.unavailable, error.description)
        }
    }
}
