import CNetlink
import Glibc

/// A connection that the kernel's firewall keeps track of, of any protocol, UDP's exchanges too.
public struct Connection: Sendable, Equatable {
    /// As the first packet was sent.
    public var original: Tuple
    /// As answers come: translated addresses show here.
    public var reply: Tuple
    /// The kernel's number for it.
    var id: UInt32?
    /// Both tuples as they were told, for naming it to the kernel again.
    private var told: ArraySlice<UInt8>

    public struct Tuple: Sendable, Hashable {
        public var source: IPAddress
        public var destination: IPAddress
        /// `IPPROTO_…`.
        public var transport: UInt8
        /// 0 where the protocol has none.
        public var sourcePort: UInt16
        public var destinationPort: UInt16

        public init(source: IPAddress, destination: IPAddress, transport: UInt8, sourcePort: UInt16, destinationPort: UInt16) {
            self.source = source
            self.destination = destination
            self.transport = transport
            self.sourcePort = sourcePort
            self.destinationPort = destinationPort
        }

        init?(_ attributes: Attributes) {
            guard let addresses = attributes.nested(Int(CTA_TUPLE_IP.rawValue)),
                let ports = attributes.nested(Int(CTA_TUPLE_PROTO.rawValue)),
                let source = addresses.address(Int(CTA_IP_V4_SRC.rawValue)) ?? addresses.address(Int(CTA_IP_V6_SRC.rawValue)),
                let destination = addresses.address(Int(CTA_IP_V4_DST.rawValue))
                    ?? addresses.address(Int(CTA_IP_V6_DST.rawValue)),
                let transport: UInt8 = ports.number(Int(CTA_PROTO_NUM.rawValue))
            else { return nil }
            self.init(
                source: source, destination: destination, transport: transport,
                sourcePort: ports.networkNumber(Int(CTA_PROTO_SRC_PORT.rawValue)) ?? 0,
                destinationPort: ports.networkNumber(Int(CTA_PROTO_DST_PORT.rawValue)) ?? 0)
        }
    }

    init?(_ message: NetlinkMessage) {
        guard message.type >> 8 == Int(NFNL_SUBSYS_CTNETLINK), let (_, rest) = message.payload.structure(nfgenmsg.self) else {
            return nil
        }
        let attributes = Attributes(rest)
        guard let told = attributes[Int(CTA_TUPLE_ORIG.rawValue)], let original = Tuple(Attributes(told)),
            let reply = attributes.nested(Int(CTA_TUPLE_REPLY.rawValue)).flatMap({ Tuple($0) })
        else { return nil }
        self.original = original
        self.reply = reply
        self.told = told
        id = attributes.networkNumber(Int(CTA_ID.rawValue))
    }

    /// Forgets just this connection, not one that has taken its place.
    var removal: NetlinkRequest {
        var header = nfgenmsg()
        header.nfgen_family = original.source.family
        var request = NetlinkRequest(Int(NFNL_SUBSYS_CTNETLINK) << 8 | Int(IPCTNL_MSG_CT_DELETE.rawValue), header)
        request.attributes.add(Int(CTA_TUPLE_ORIG.rawValue) | Int(NLA_F_NESTED), told)
        if let id { request.attributes.add(Int(CTA_ID.rawValue), network: id) }
        return request
    }
}
