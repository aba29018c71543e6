import DockerAPI
import SwarmModel

/// A port of the routing mesh: open on every node, whichever node the tasks are on.
struct PublishedPort: Sendable, Hashable, Comparable, CustomStringConvertible {
    enum Transport: String, Sendable, Comparable {
        case sctp, tcp, udp

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    var transport: Transport
    var number: UInt16

    static func < (left: Self, right: Self) -> Bool { (left.transport, left.number) < (right.transport, right.number) }

    var description: String { "\(number)/\(transport.rawValue)" }
}

extension PublishedPort {
    /// nil for one that is published on the nodes of its tasks only, which is the engine's matter, and for one that has no number yet.
    init?(_ port: PortConfig) {
        guard port.publishMode ?? "ingress" == "ingress", let transport = Transport(rawValue: port.transport ?? "tcp"),
            let number = port.published.flatMap(UInt16.init(exactly:)), number > 0
        else { return nil }
        self.init(transport: transport, number: number)
    }

    /// All ports that the nodes of these networks are to have.
    static func all(of networks: NodeNetworks) -> Set<PublishedPort> {
        var ports: Set<PublishedPort> = []
        for service in networks.services.values where networks.networks[service.networkID]?.isIngress == true {
            ports.formUnion(service.ports.compactMap(PublishedPort.init))
        }
        return ports
    }
}
