import CNetlink
import Glibc

extension Link {
    /// Nil for messages that tell of no link.
    init?(_ message: NetlinkMessage) {
        guard message.type == Int(RTM_NEWLINK) || message.type == Int(RTM_DELLINK),
            let (header, rest) = message.payload.structure(ifinfomsg.self), header.ifi_family == UInt8(AF_UNSPEC)
        else { return nil }
        let attributes = Attributes(rest)
        guard let name = attributes.text(IFLA_IFNAME) else { return nil }
        self.init(
            index: header.ifi_index, name: name, mac: attributes.mac(IFLA_ADDRESS),
            mtu: attributes.number(IFLA_MTU, as: UInt32.self).map { Int($0) } ?? 0,
            master: attributes.number(IFLA_MASTER, as: Int32.self), isUp: header.ifi_flags & UInt32(IFF_UP) != 0,
            hasCarrier: header.ifi_flags & UInt32(IFF_RUNNING) != 0)
        if let families = attributes.nested(IFLA_AF_SPEC) {
            ipv4 = families.nested(Int(AF_INET))?[IFLA_INET_CONF].flatMap { IPv4Settings(values: $0) }
            ipv6AddressGeneration = families.nested(Int(AF_INET6))?.number(IFLA_INET6_ADDR_GEN_MODE, as: UInt8.self)
                .flatMap { IPv6AddressGeneration(rawValue: $0) }
        }
        guard let information = attributes.nested(IFLA_LINKINFO) else { return }
        kind = information.text(IFLA_INFO_KIND)
        if kind == VXLAN.kind { vxlan = information.nested(IFLA_INFO_DATA).flatMap { VXLAN($0) } }
        if information.text(IFLA_INFO_SLAVE_KIND) == "bridge" {
            bridgePort = information.nested(IFLA_INFO_SLAVE_DATA).map { BridgePort($0) }
        }
    }
}

extension VXLAN {
    static let kind = "vxlan"

    init?(_ attributes: Attributes) {
        guard let id: UInt32 = attributes.number(IFLA_VXLAN_ID), let port: UInt16 = attributes.networkNumber(IFLA_VXLAN_PORT)
        else {
            return nil
        }
        self.init(
            id: id, port: port, local: attributes.address(IFLA_VXLAN_LOCAL) ?? attributes.address(IFLA_VXLAN_LOCAL6),
            learns: attributes.flag(IFLA_VXLAN_LEARNING) ?? true)
    }

    func write(_ list: inout AttributeList) {
        list.add(IFLA_VXLAN_ID, native: id)
        list.add(IFLA_VXLAN_PORT, network: port)
        if let local { list.add(local.isIPv4 ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, local.bytes) }
        list.add(IFLA_VXLAN_LEARNING, flag: learns)
    }
}

extension BridgePort {
    /// What the kernel does not tell is as usual.
    init(_ attributes: Attributes) {
        self.init(
            suppressesNeighbours: attributes.flag(IFLA_BRPORT_NEIGH_SUPPRESS) ?? BridgePort.usual.suppressesNeighbours,
            learns: attributes.flag(IFLA_BRPORT_LEARNING) ?? BridgePort.usual.learns,
            floodsUnknown: attributes.flag(IFLA_BRPORT_UNICAST_FLOOD) ?? BridgePort.usual.floodsUnknown,
            floodsMulticast: attributes.flag(IFLA_BRPORT_MCAST_FLOOD) ?? BridgePort.usual.floodsMulticast,
            floodsBroadcast: attributes.flag(IFLA_BRPORT_BCAST_FLOOD) ?? BridgePort.usual.floodsBroadcast)
    }

    func write(_ list: inout AttributeList) {
        list.add(IFLA_BRPORT_NEIGH_SUPPRESS, flag: suppressesNeighbours)
        list.add(IFLA_BRPORT_LEARNING, flag: learns)
        list.add(IFLA_BRPORT_UNICAST_FLOOD, flag: floodsUnknown)
        list.add(IFLA_BRPORT_MCAST_FLOOD, flag: floodsMulticast)
        list.add(IFLA_BRPORT_BCAST_FLOOD, flag: floodsBroadcast)
    }
}
