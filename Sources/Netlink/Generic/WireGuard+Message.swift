import CNetlink
import Glibc

extension WireGuardSettings {
    /// Addresses of one peer that go into one message, and bytes of peers after which the next message begins. An attribute has at most 64 KiB.
    private static let addressesAtOnce = 500
    private static let bytesAtOnce = 24 * 1024

    /// Attributes of as many messages as it takes, to be sent in their order: only the first one clears what there was.
    func messages(for name: String) -> [AttributeList] {
        var lists: [AttributeList] = []
        var peers = AttributeList()
        func finish() {
            var list = AttributeList()
            list.add(Int(WGDEVICE_A_IFNAME.rawValue), text: name)
            if lists.isEmpty {
                if let privateKey { list.add(Int(WGDEVICE_A_PRIVATE_KEY.rawValue), privateKey.bytes) }
                if let listenPort { list.add(Int(WGDEVICE_A_LISTEN_PORT.rawValue), native: listenPort) }
                if let mark { list.add(Int(WGDEVICE_A_FWMARK.rawValue), native: mark) }
                if replacesPeers { list.add(Int(WGDEVICE_A_FLAGS.rawValue), native: WGDEVICE_F_REPLACE_PEERS.rawValue) }
            }
            if !peers.bytes.isEmpty { list.add(Int(WGDEVICE_A_PEERS.rawValue) | Int(NLA_F_NESTED), peers.bytes) }
            lists.append(list)
            peers = AttributeList()
        }
        for peer in self.peers {
            for start in stride(from: 0, to: max(peer.allowed.count, 1), by: Self.addressesAtOnce) {
                if peers.bytes.count > Self.bytesAtOnce { finish() }
                peers.add(0) {
                    peer.write(&$0, addresses: peer.allowed.dropFirst(start).prefix(Self.addressesAtOnce), isFirst: start == 0)
                }
            }
        }
        if lists.isEmpty || !peers.bytes.isEmpty { finish() }
        return lists
    }
}

extension WireGuardPeer {
    fileprivate func write(_ list: inout AttributeList, addresses: ArraySlice<IPPrefix>, isFirst: Bool) {
        list.add(Int(WGPEER_A_PUBLIC_KEY.rawValue), publicKey.bytes)
        if isRemoved {
            list.add(Int(WGPEER_A_FLAGS.rawValue), native: WGPEER_F_REMOVE_ME.rawValue)
            return
        }
        if isFirst {
            list.add(Int(WGPEER_A_FLAGS.rawValue), native: WGPEER_F_REPLACE_ALLOWEDIPS.rawValue)
            // A key of zeros is none.
            list.add(Int(WGPEER_A_PRESHARED_KEY.rawValue), presharedKey?.bytes ?? [UInt8](repeating: 0, count: WireGuardKey.size))
            list.add(Int(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL.rawValue), native: keepalive)
            if let endpoint { list.add(Int(WGPEER_A_ENDPOINT.rawValue), endpoint.bytes) }
        }
        list.add(Int(WGPEER_A_ALLOWEDIPS.rawValue)) { list in
            for prefix in addresses {
                list.add(0) {
                    $0.add(Int(WGALLOWEDIP_A_FAMILY.rawValue), native: UInt16(prefix.address.family))
                    $0.add(Int(WGALLOWEDIP_A_IPADDR.rawValue), prefix.address.bytes)
                    $0.add(Int(WGALLOWEDIP_A_CIDR_MASK.rawValue), native: UInt8(prefix.length))
                }
            }
        }
    }

    init?(_ attributes: Attributes) {
        guard let key = attributes[Int(WGPEER_A_PUBLIC_KEY.rawValue)].flatMap({ WireGuardKey(bytes: $0) }) else { return nil }
        let preshared = attributes[Int(WGPEER_A_PRESHARED_KEY.rawValue)].flatMap { WireGuardKey(bytes: $0) }
        self.init(
            publicKey: key, presharedKey: preshared.flatMap { $0.bytes.allSatisfy { $0 == 0 } ? nil : $0 },
            endpoint: attributes[Int(WGPEER_A_ENDPOINT.rawValue)].flatMap { Endpoint(bytes: $0) },
            allowed: (attributes.nested(Int(WGPEER_A_ALLOWEDIPS.rawValue)) ?? Attributes([])).compactMap {
                let attributes = Attributes($0.value)
                guard let address = attributes.address(Int(WGALLOWEDIP_A_IPADDR.rawValue)),
                    let length: UInt8 = attributes.number(Int(WGALLOWEDIP_A_CIDR_MASK.rawValue))
                else { return nil }
                return IPPrefix(address, length: Int(length))
            },
            keepalive: attributes.number(Int(WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL.rawValue)) ?? 0)
    }
}

extension WireGuardPeer.Endpoint {
    /// As `sockaddr_in` or `sockaddr_in6`.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(native: UInt16(address.family))
        bytes.append(native: port.bigEndian)
        if !address.isIPv4 { bytes.append(native: UInt32(0)) }
        bytes += address.bytes
        let size = address.isIPv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        return bytes + [UInt8](repeating: 0, count: size - bytes.count)
    }

    init?(bytes: ArraySlice<UInt8>) {
        guard let family = bytes.number(UInt16.self), let port = bytes.number(UInt16.self, at: 2) else { return nil }
        let address =
            switch Int32(family) {
            case AF_INET: IPAddress(bytes: bytes.dropFirst(4).prefix(4))
            case AF_INET6: IPAddress(bytes: bytes.dropFirst(8).prefix(16))
            default: IPAddress?.none
            }
        guard let address else { return nil }
        self.init(address, port: UInt16(bigEndian: port))
    }
}

extension WireGuardDevice {
    /// Nil where there is no interface in the messages. A peer with many addresses goes on in the next one.
    init?(_ messages: [Attributes]) {
        guard let first = messages.first, let name = first.text(Int(WGDEVICE_A_IFNAME.rawValue)) else { return nil }
        self.init(
            name: name, publicKey: first[Int(WGDEVICE_A_PUBLIC_KEY.rawValue)].flatMap { WireGuardKey(bytes: $0) },
            listenPort: first.number(Int(WGDEVICE_A_LISTEN_PORT.rawValue)) ?? 0,
            mark: first.number(Int(WGDEVICE_A_FWMARK.rawValue)) ?? 0, peers: [])
        for message in messages {
            for element in message.nested(Int(WGDEVICE_A_PEERS.rawValue)) ?? Attributes([]) {
                let attributes = Attributes(element.value)
                guard let peer = WireGuardPeer(attributes) else { continue }
                if let last = peers.indices.last, peers[last].settings.publicKey == peer.publicKey {
                    peers[last].settings.allowed += peer.allowed
                    continue
                }
                peers.append(
                    Peer(
                        settings: peer,
                        lastHandshake: attributes[Int(WGPEER_A_LAST_HANDSHAKE_TIME.rawValue)]?.number(Int64.self) ?? 0,
                        received: attributes.number(Int(WGPEER_A_RX_BYTES.rawValue)) ?? 0,
                        sent: attributes.number(Int(WGPEER_A_TX_BYTES.rawValue)) ?? 0))
            }
        }
    }
}
