import CNetlink
import Glibc

/// An address that the host has on an interface.
public struct InterfaceAddress: Sendable, Hashable {
    /// Index of the interface.
    public var link: Int32
    public var prefix: IPPrefix

    public init(link: Int32, prefix: IPPrefix) {
        self.link = link
        self.prefix = prefix
    }

    init?(_ message: NetlinkMessage) {
        guard message.type == Int(RTM_NEWADDR) || message.type == Int(RTM_DELADDR),
            let (header, rest) = message.payload.structure(ifaddrmsg.self)
        else { return nil }
        let attributes = Attributes(rest)
        // Of two ends of a wire, `IFA_ADDRESS` is the other one.
        guard let address = attributes.address(IFA_LOCAL) ?? attributes.address(IFA_ADDRESS) else { return nil }
        self.init(link: Int32(bitPattern: header.ifa_index), prefix: IPPrefix(address, length: Int(header.ifa_prefixlen)))
    }

    func request(_ type: Int, flags: Int32 = 0) -> NetlinkRequest {
        var header = ifaddrmsg()
        header.ifa_family = prefix.address.family
        header.ifa_prefixlen = UInt8(prefix.length)
        header.ifa_index = UInt32(bitPattern: link)
        var request = NetlinkRequest(type, flags: flags, header)
        request.attributes.add(IFA_LOCAL, prefix.address.bytes)
        request.attributes.add(IFA_ADDRESS, prefix.address.bytes)
        return request
    }
}

extension RouteConnection {
    /// All addresses of IPv4, or of IPv6, on each interface in the order in which they came to be there.
    public func addresses(ipv6: Bool = false) throws(NetlinkError) -> [InterfaceAddress] {
        var header = ifaddrmsg()
        header.ifa_family = UInt8(ipv6 ? AF_INET6 : AF_INET)
        return try socket.ask(NetlinkRequest(Int(RTM_GETADDR), flags: NLM_F_DUMP, header), "list the addresses")
            .compactMap { InterfaceAddress($0) }
    }

    /// Adds an address behind those that there are; one that is there already is no error.
    public func add(_ address: InterfaceAddress) throws(NetlinkError) {
        do throws(NetlinkError) {
            try socket.ask(
                address.request(Int(RTM_NEWADDR), flags: NLM_F_CREATE | NLM_F_EXCL),
                "add the address \(address.prefix) to the link \(address.link)")
        } catch  where error.code == EEXIST {}
    }

    /// Removes an address; one that has gone already is no error.
    public func remove(_ address: InterfaceAddress) throws(NetlinkError) {
        do throws(NetlinkError) {
            try socket.ask(
                address.request(Int(RTM_DELADDR)), "remove the address \(address.prefix) from the link \(address.link)")
        } catch  where error.isAbsence {}
    }
}
