import DockerAPI
import SwarmStore

extension EtcdMembers: StoreMembers {
    public func add(peerURL: String, node: String) async throws -> (id: UInt64, all: [UInt64: String]) {
        func urls(_ members: [StoreMember]) -> [UInt64: String] {
            Dictionary(members.map { ($0.id, $0.peerURLs.first ?? "") }) { first, _ in first }
        }
        do {
            let present = try await members()
            // One of another node has moved away from there, which the store does not know yet: it is not this node's.
            if let known = present.first(where: { $0.peerURLs.contains(peerURL) && ($0.name.isEmpty || $0.name == node) }) {
                return (known.id, urls(present))
            }
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

    public func move(_ id: UInt64, to peerURL: String) async throws {
        do {
            guard let member = try await members().first(where: { $0.id == id }), member.peerURLs != [peerURL] else { return }
            try await updatePeerURL(id, to: peerURL)
        } catch MembershipError.notFound {
            // It was removed meanwhile.
        } catch let error as MembershipError {
            // Another one is known by that URL until it has told where it is itself.
            throw APIError.remote(.unavailable, error.description)
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
