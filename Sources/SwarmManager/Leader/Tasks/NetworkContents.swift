import SwarmModel

/// Who is in one network, with the numbers of the changes that have brought it about.
struct NetworkContents {
    enum Member: Hashable {
        case peer(String)
        case endpoint(String)
        case service(String)
    }

    // Changed by `set` only.
    var peers: [String: PeerAssignment] = [:]
    var endpoints: [String: EndpointAssignment] = [:]
    var services: [String: ServiceAssignment] = [:]
    /// Oldest first.
    private var log: [(number: UInt64, member: Member)] = []
    /// The newest change of each member, also of those that have gone not long ago.
    private var newest: [Member: UInt64] = [:]
    /// The newest change of a member that has gone and is not remembered any more.
    private var forgotten: UInt64 = 0

    /// How many that have gone are remembered at least.
    private static let memory = 1024

    /// - Parameter number: of the newest change of all networks; counted on where this is one.
    /// - Returns: whether anything is different now.
    @discardableResult
    mutating func set<Value: Equatable>(
        _ kind: WritableKeyPath<NetworkContents, [String: Value]>, _ id: String, to value: Value?, _ member: Member,
        _ number: inout UInt64
    ) -> Bool {
        guard self[keyPath: kind][id] != value else { return false }
        self[keyPath: kind][id] = value
        number += 1
        newest[member] = number
        log.append((number, member))
        if log.count > 2 * (peers.count + endpoints.count + services.count) + 4 * Self.memory { forget() }
        return true
    }

    private mutating func forget() {
        log = log.filter { newest[$0.member] == $0.number }
        for gone in log.filter({ !has($0.member) }).dropLast(Self.memory) {
            newest[gone.member] = nil
            forgotten = gone.number
        }
        log = log.filter { newest[$0.member] != nil }
    }

    private func has(_ member: Member) -> Bool {
        switch member {
        case .peer(let id): peers[id] != nil
        case .endpoint(let id): endpoints[id] != nil
        case .service(let id): services[id] != nil
        }
    }

    /// What has changed since then, each member once.
    private func members(since number: UInt64) -> [Member] {
        var (low, high) = (0, log.count)
        while low < high {
            let middle = (low + high) / 2
            if log[middle].number <= number { low = middle + 1 } else { high = middle }
        }
        return log[low...].filter { newest[$0.member] == $0.number }.map(\.member)
    }

    /// - Parameter number: what was told last; nil for nothing yet.
    /// - Returns: false where that is too long ago.
    func add(to changes: inout NetworkChanges, _ network: String, since number: UInt64?) -> Bool {
        guard let number else {
            changes.peers += peers.values
            changes.endpoints += endpoints.values
            changes.services += services.values
            return true
        }
        guard number >= forgotten else { return false }
        for member in members(since: number) {
            switch member {
            case .peer(let id): if let peer = peers[id] { changes.peers.append(peer) } else { drop(member, network, &changes) }
            case .endpoint(let id):
                if let endpoint = endpoints[id] { changes.endpoints.append(endpoint) } else { drop(member, network, &changes) }
            case .service(let id):
                if let service = services[id] { changes.services.append(service) } else { drop(member, network, &changes) }
            }
        }
        return true
    }

    /// All that a node has to forget that is in the network no more.
    func addLeaving(to changes: inout NetworkChanges, _ network: String, since number: UInt64) {
        for id in peers.keys { drop(.peer(id), network, &changes) }
        for id in endpoints.keys { drop(.endpoint(id), network, &changes) }
        for id in services.keys { drop(.service(id), network, &changes) }
        for member in members(since: number) where !has(member) { drop(member, network, &changes) }
    }

    private func drop(_ member: Member, _ network: String, _ changes: inout NetworkChanges) {
        switch member {
        case .peer(let id): changes.removedPeers.append(NodeNetworks.Key(network, id))
        case .endpoint(let id): changes.removedEndpoints.append(NodeNetworks.Key(network, id))
        case .service(let id): changes.removedServices.append(NodeNetworks.Key(network, id))
        }
    }
}
