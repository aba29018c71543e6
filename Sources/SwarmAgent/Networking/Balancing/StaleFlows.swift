import SwarmModel

/// What connection tracking may remember of UDP that is wrong from now on.
///
/// Whoever goes on sending from the same port is sent where the first packet went, for as long as no half a minute passes between two.
/// (TCP has an end, and who is at the other one notices it.)
struct StaleFlows: Sendable, Equatable {
    /// Nothing is to be sent there any more.
    var destinations: Set<IPv4Address> = []
    /// Virtual addresses that lead somewhere for the first time: what was sent there before was not translated.
    var virtualIPs: Set<IPv4Address> = []
    /// UDP ports that lead somewhere for the first time.
    var ports: Set<UInt16> = []

    var isEmpty: Bool { self == StaleFlows() }

    init() {}

    init(from old: Destinations, to new: Destinations) {
        destinations = old.ready.subtracting(new.ready)
        virtualIPs = new.virtualIPs.subtracting(old.virtualIPs)
        ports = new.ports.subtracting(old.ports)
    }

    /// What leads somewhere, and where to.
    struct Destinations: Sendable, Equatable {
        var ready: Set<IPv4Address> = []
        var virtualIPs: Set<IPv4Address> = []
        var ports: Set<UInt16> = []

        init() {}

        init(_ places: NetworkPlaces, withheld: Set<PublishedPort>) {
            for place in places.all {
                for service in place.services where !service.ready.isEmpty {
                    ready.formUnion(service.ready)
                    if let address = service.virtualIP { virtualIPs.insert(address) }
                    guard place.network.isIngress else { continue }
                    for port in service.ports.compactMap(PublishedPort.init)
                    where port.transport == .udp && !withheld.contains(port) { ports.insert(port.number) }
                }
            }
        }
    }
}
