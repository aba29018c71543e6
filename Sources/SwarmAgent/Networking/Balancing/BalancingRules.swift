import NFTables
import SwarmModel

/// The rules that this node's kernel is to have for the swarm's networks: where virtual addresses and published ports lead, who may
/// talk to whom, and who is believed to be another node.
///
/// One table, `inet swarmd`, whose text follows from the networks alone, so that the same networks are the same text. Its chains come a
/// little before those of the engine, which sees what they leave. An `accept` here only means that nothing more is to be said here; the
/// engine's own chains are told by `EngineFilter`.
///
/// Only the first packet of a connection looks for its destination; the kernel's connection tracking sends the others after it. So a
/// connection stays where it is while tasks come and go.
struct BalancingRules: Sendable, Equatable {
    static let none = Table(name: "swarmd")
    /// What is true of all names of bridges.
    static let ours = "\"\(LinkPlan.bridgePrefix)*\""

    /// Empty where there are no networks.
    private(set) var table = Self.none

    private var virtual = Lookup("virtual", type: "ipv4_addr", elements: [])
    private var balanced = Lookup("balanced", type: "ipv4_addr : verdict", elements: [])
    private var published = Lookup("published", type: "inet_proto . inet_service : verdict", elements: [])
    private var unready = Lookup("unready", type: "inet_proto . inet_service", elements: [])
    private var destinations: [Chain] = []

    /// - Parameter withheld: published ports that another program of this node has.
    init(_ places: NetworkPlaces, withheld: Set<PublishedPort> = []) {
        guard !places.all.isEmpty else { return }
        for place in places.all {
            for service in place.services { balance(service, in: place) }
        }
        for place in places.all where place.network.isIngress { publish(place, withheld) }

        table.lookups = [virtual, balanced, published, unready] + places.lookups
        table.chains =
            destinations + Self.translation(places) + Self.isolation + Self.early(places)
            + Self.encryption(places)
    }

    /// A service's virtual address leads to its ready tasks, in turn. Without any it leads nowhere, and is refused.
    private mutating func balance(_ service: NetworkPlaces.Service, in place: NetworkPlaces.Place) {
        guard let address = service.virtualIP, virtual.elements.insert("\(address)").inserted, !service.ready.isEmpty else {
            return
        }
        let chain = "vip-\(address)"
        balanced.elements.insert("\(address) : goto \(chain)")
        destinations.append(
            Chain(
                chain, comment: "\(service.name) in \(place.network.name)",
                rules: ["meta l4proto { tcp, udp, sctp } dnat ip to \(Self.turns(service.ready.map { "\($0)" }))"]))
    }

    /// A published port leads to the tasks' addresses in the network of the routing mesh.
    private mutating func publish(_ place: NetworkPlaces.Place, _ withheld: Set<PublishedPort>) {
        var seen = withheld
        for service in place.services {
            let ports = service.ports.compactMap { port in PublishedPort(port).map { ($0, port.target ?? 0) } }
            for (port, target) in ports.sorted(by: { $0.0 < $1.0 }) where seen.insert(port).inserted {
                let key = "\(port.transport.rawValue) . \(port.number)"
                guard !service.ready.isEmpty else {
                    unready.elements.insert(key)
                    continue
                }
                let chain = "port-\(port.transport.rawValue)-\(port.number)"
                published.elements.insert("\(key) : goto \(chain)")
                let rule = "meta l4proto \(port.transport.rawValue) dnat ip to "
                // One destination is written otherwise than one of several.
                let one = service.ready.count == 1
                destinations.append(
                    Chain(
                        chain, comment: service.name,
                        rules: [rule + Self.turns(service.ready.map { one ? "\($0):\(target)" : "\($0) . \(target)" })]))
            }
        }
    }

    /// One destination after the other.
    private static func turns(_ destinations: [String]) -> String {
        guard destinations.count > 1 else { return destinations.joined() }
        let elements = destinations.enumerated().map { "\($0) : \($1)" }
        return "numgen inc mod \(destinations.count) map { \(elements.joined(separator: ", ")) }"
    }
}
