import CNetlink
import Glibc

extension WireGuardSettings {
    /// Bytes of peers after which the next message begins. An attribute has at most 64 KiB.
    private static let bytesAtOnce = 24 * 1024

    /// Attributes of as many messages as it takes, to be sent in their order.
    func messages(for name: String) -> [AttributeList] {
        var lists: [AttributeList] = []
        var peers = AttributeList()
        func finish() {
            var list = AttributeList()
            list.add(Int(WGDEVICE_A_IFNAME.rawValue), text: name)
            if lists.isEmpty {
                if let privateKey { list.add(Int(WGDEVICE_A_PRIVATE_KEY.rawValue), privateKey.bytes) }
                if let listenPort { list.add(Int(WGDEVICE_A_LISTEN_PORT.rawValue), native: listenPort) }
            }
            if !peers.bytes.isEmpty { list.add(Int(WGDEVICE_A_PEERS.rawValue) | Int(NLA_F_NESTED), peers.bytes) }
            lists.append(list)
            peers = AttributeList()
        }
        for peer in self.peers {
            if peers.bytes.count > Self.bytesAtOnce { finish() }
            peers.add(0) { peer.write(&$0) }
        }
        if lists.isEmpty || !peers.bytes.isEmpty { finish() }
        return lists
    }
}

extension WireGuardPeer {
    fileprivate func write(_ list: inout AttributeList) {
        list.add(Int(WGPEER_A_PUBLIC_KEY.rawValue), publicKey.bytes)
        let flag = isRemoved ? WGPEER_F_REMOVE_ME : WGPEER_F_REPLACE_ALLOWEDIPS
        list.add(Int(WGPEER_A_FLAGS.rawValue), native: flag.rawValue)
        guard !isRemoved else { return }
        if let endpoint { list.add(Int(WGPEER_A_ENDPOINT.rawValue), endpoint.bytes) }
        list.add(Int(WGPEER_A_ALLOWEDIPS.rawValue)) { list in
            for prefix in allowed {
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
        self.init(
            publicKey: key, endpoint: attributes[Int(WGPEER_A_ENDPOINT.rawValue)].flatMap { Endpoint(bytes: $0) },
            allowed: (attributes.nested(Int(WGPEER_A_ALLOWEDIPS.rawValue)) ?? Attributes([])).compactMap {
                let attributes = Attributes($0.value)
                guard let address = attributes.address(Int(WGALLOWEDIP_A_IPADDR.rawValue)),
                    let length: UInt8 = attributes.number(Int(WGALLOWEDIP_A_CIDR_MASK.rawValue))
                else { return nil }
                return IPPrefix(address, length: Int(length))
            })
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
            listenPort: first.number(Int(WGDEVICE_A_LISTEN_PORT.rawValue)) ?? 0)
        for message in messages {
            for element in message.nested(Int(WGDEVICE_A_PEERS.rawValue)) ?? Attributes([]) {
                guard let peer = WireGuardPeer(Attributes(element.value)) else { continue }
                if let last = peers.indices.last, peers[last].publicKey == peer.publicKey {
                    peers[last].allowed += peer.allowed
                } else {
                    peers.append(peer)
                }
            }
        }
    }
}
