import NIOCore
import NameService
import SwarmModel

/// All names of a node's networks, and who may ask for them: the containers of this node, each for the names of its own networks.
///
/// The network of the routing mesh gives no names. Other names are asked of other servers on the container's behalf, unless all of its
/// networks are internal: those get nowhere else, by name either (moby does the same since CVE-2024-29018).
///
/// It is made anew whenever something has changed.
public struct NameTable: NameSource {
    /// For how many seconds an answer may be remembered: not long, since tasks come and go.
    public static let timeToLive: UInt32 = 2

    /// Servers for other names, where the task does not name its own.
    public var upstreams: [SocketAddress]
    private var zones: [NameZone] = []
    private var askers: [IPv4Address: Asker] = [:]

    private struct Asker {
        /// Indices into `zones`: first the network that the address is in.
        var zones: [Int]
        var isInternal: Bool
        /// Its task's own servers; nil where its spec names none that can be asked.
        var upstreams: [SocketAddress]?
    }

    /// - Parameters:
    ///   - nodeID: this node.
    ///   - upstreams: servers for other names, for tasks that do not name their own.
    public init(_ networks: NodeNetworks, nodeID: String, upstreams: [SocketAddress] = []) {
        self.upstreams = upstreams
        var indices: [String: Int] = [:]
        for network in networks.networks.values.sorted(by: { $0.name < $1.name }) where !network.isIngress {
            indices[network.id] = zones.count
            zones.append(NameZone(network))
        }
        var numbers: [NodeNetworks.Key: Int32] = [:]
        for service in networks.services.values {
            guard let index = indices[service.networkID] else { continue }
            numbers[NodeNetworks.Key(service.networkID, service.id)] = zones[index].add(service)
        }
        var local: [String: [EndpointAssignment]] = [:]
        for endpoint in networks.endpoints.values {
            if endpoint.nodeID == nodeID { local[endpoint.taskID, default: []].append(endpoint) }
            guard let index = indices[endpoint.networkID] else { continue }
            zones[index].add(endpoint, of: numbers[NodeNetworks.Key(endpoint.networkID, endpoint.serviceID)])
        }
        for places in local.values {
            let isInternal = places.allSatisfy { networks.networks[$0.networkID]?.isInternal ?? false }
            let servers = (places.first?.nameservers ?? []).compactMap(ResolverFile.server)
            let all = places.compactMap { indices[$0.networkID] }.sorted()
            for place in places {
                guard let own = indices[place.networkID], let address = place.addresses.first.flatMap(IPv4Address.init(cidr:))
                else { continue }
                askers[address] = Asker(
                    zones: [own] + all.filter { $0 != own }, isInternal: isInternal,
                    upstreams: servers.isEmpty ? nil : servers)
            }
        }
    }

    public func answer(_ question: Question, from address: IPv4Address) -> NameAnswer {
        // One call of the system for each answer, however many addresses are to be shuffled.
        var random = QuickRandom(seed: .random(in: 0 ... .max))
        return answer(question, from: address, using: &random)
    }

    func answer(_ question: Question, from address: IPv4Address, using random: inout some RandomNumberGenerator) -> NameAnswer {
        guard let asker = askers[address], question.recordClass == .internet || question.recordClass == .any else {
            return .refused
        }
        guard let key = question.name.key else { return forward(asker) }
        if let address = IPv4Address(reverseName: key) { return reverse(address, question, asker) }
        guard var addresses = find(key, asker) else { return forward(asker) }
        // Where a service has no virtual address, there is no such name until it has tasks.
        if addresses.isEmpty { return .noSuchName }
        // Of other types there is nothing, and that is known: nobody else is asked.
        guard question.type == .a || question.type == .any else { return .records([]) }
        addresses.shuffle(using: &random)
        return .records(addresses.map { Record(question.name, .a($0), timeToLive: Self.timeToLive) })
    }

    private func forward(_ asker: Asker) -> NameAnswer { .forward(asker.isInternal ? [] : asker.upstreams ?? upstreams) }

    /// The first network that knows where that is; empty where some know the name, but none a place.
    private func find(_ key: String, _ asker: Asker) -> [IPv4Address]? {
        var isKnown = false
        for index in asker.zones {
            guard let found = zones[index].addresses(of: key) else { continue }
            if !found.isEmpty { return found }
            isKnown = true
        }
        for index in asker.zones {
            guard let short = key.droppingSuffix(zones[index].key), let found = zones[index].addresses(of: short) else {
                continue
            }
            if !found.isEmpty { return found }
            isKnown = true
        }
        return isKnown ? [] : nil
    }

    /// Whose an address is. Those of the asker's networks are nobody else's business, also where nobody has them.
    private func reverse(_ address: IPv4Address, _ question: Question, _ asker: Asker) -> NameAnswer {
        guard let index = asker.zones.first(where: { zones[$0].contains(address) }) else { return forward(asker) }
        guard let owner = zones[index].owner(of: address) else { return .noSuchName }
        guard question.type == .ptr || question.type == .any,
            let name = DomainName("\(owner).\(zones[index].name)") ?? DomainName(owner)
        else { return .records([]) }
        return .records([Record(question.name, .ptr(name), timeToLive: Self.timeToLive)])
    }
}

extension String {
    /// What stands before a dot and these last labels; nil where it does not end like that.
    fileprivate func droppingSuffix(_ suffix: String) -> String? {
        let rest = utf8.count - suffix.utf8.count - 1
        guard rest > 0, utf8.reversed().starts(with: suffix.utf8.reversed()) else { return nil }
        let end = utf8.index(startIndex, offsetBy: rest)
        return utf8[end] == UInt8(ascii: ".") ? String(self[..<end]) : nil
    }
}

extension IPv4Address {
    /// The address of `5.1.0.10.in-addr.arpa` (RFC 1035, section 3.5).
    init?(reverseName key: String) {
        let suffix = ".in-addr.arpa"
        guard key.utf8.count <= 15 + suffix.utf8.count, key.hasSuffix(suffix) else { return nil }
        let parts = key.dropLast(suffix.count).split(separator: ".", omittingEmptySubsequences: false)
        self.init(parts.reversed().joined(separator: "."))
    }
}

/// Good enough for taking turns, and quick: Sebastiano Vigna's SplitMix64.
private struct QuickRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
