import NFTables
import Netlink
import SwarmModel

/// The rules that take the answers of this node's tasks back to the node that a request has come by, where that node has left it the
/// client's address (`ServiceLabel.clientAddress`).
///
/// Such a request comes as a packet to this node, not as a frame to the container, so that connection tracking sees it. It remembers in
/// the connection's mark which node that was, and what the container answers, by whichever of its networks, goes there as it is: that
/// node has translated the request's destination and translates it back.
///
/// `dup` sends a packet to a node of one's choice without a look at the packet's destination. So neither rules nor tables of routing are
/// needed, of which there would have to be one for each node, and which would hand over to this node itself what it has asked another
/// node for.
struct ReturnRules: Sendable, Equatable {
    /// Bits of a connection's mark that are ours: the last 16 of the node's own address in the network of the routing mesh. 0 is no
    /// node's, being that of the network.
    static let mask: UInt32 = 0x00ff_ff00
    static let none = Table(family: "ip", name: BalancingRules.none.name)

    /// Empty where no task sees clients of other nodes.
    let table: Table

    init(_ places: NetworkPlaces) {
        guard let ingress = places.ingress, !ingress.entries.isEmpty else {
            table = Self.none
            return
        }
        var table = Self.none
        table.lookups = [
            places.subnets,
            Lookup(
                "entries", type: "ether_addr : verdict",
                elements: ingress.entries.map { "\(MACAddress(overlay: $0)) : goto \(Self.chain($0))" }),
            Lookup("ways", type: "mark : ipv4_addr", elements: ingress.entries.map { "\(Self.mark($0)) : \($0)" }),
        ]
        table.chains = ingress.entries.map { entry in
            Chain(Self.chain(entry), rules: ["ct mark set ct mark & \(Self.hexadecimal(~Self.mask)) | \(Self.mark(entry))"])
        }
        let isMarked = "ct mark & \(Self.hexadecimal(Self.mask))"
        let isIn = "iifname \(ingress.quoted)"
        table.chains += [
            // A node that has left is no way back, and there is no other.
            Chain("back", rules: ["dup to \(isMarked) map @ways", "drop"]),
            // After connection tracking, and before anything else that may set marks.
            Chain(
                "prerouting", hook: "filter hook prerouting priority -199",
                rules: [
                    "ct direction reply \(isMarked) != 0 goto back",
                    // Each packet says it anew: who asks several nodes from one port is answered by the one that was asked last.
                    "\(isIn) ct direction original ip saddr != @subnets ether saddr vmap @entries",
                    // Only nodes send on what this node itself has asked them for.
                    "\(isIn) fib saddr type local counter drop",
                ]),
        ]
        self.table = table
    }

    private static func chain(_ entry: IPv4Address) -> String { "from-\(entry)" }
    private static func mark(_ entry: IPv4Address) -> String { hexadecimal(entry.number << 8 & mask) }

    private static func hexadecimal(_ number: UInt32) -> String {
        let digits = String(number, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}

extension NetworkAssignment {
    /// IDs of those of its services whose tasks see where requests come from, on whichever node. In a larger network than /16, nodes
    /// would not be told apart by what there is room for in a connection's mark.
    func keepingClientAddresses(_ services: [ServiceAssignment]) -> Set<String> {
        guard isIngress, let length = IPv4Block(subnet)?.length, length >= 16 else { return [] }
        return Set(services.filter { $0.keepsClientAddress == true }.map(\.id))
    }
}
