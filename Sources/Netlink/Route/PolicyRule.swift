import CNetlink
import Glibc

/// A rule of which table of routes is looked into.
public struct PolicyRule: Sendable, Hashable {
    /// Rules are tried from the lowest on; the kernel's own have 0, 32766 and 32767.
    public var priority: UInt32
    /// Packets whose mark has these bits; nil for any.
    public var mark: Mark?
    /// Number of the table.
    public var table: UInt32
    public var isIPv6: Bool

    public struct Mark: Sendable, Hashable {
        public var value: UInt32
        /// Bits of the packet's mark that are looked at.
        public var mask: UInt32

        public init(_ value: UInt32, mask: UInt32 = ~0) {
            self.value = value
            self.mask = mask
        }
    }

    public init(priority: UInt32, mark: Mark? = nil, table: UInt32, isIPv6: Bool = false) {
        self.priority = priority
        self.mark = mark
        self.table = table
        self.isIPv6 = isIPv6
    }

    /// Nil for rules that do something else than to name a table.
    init?(_ message: NetlinkMessage) {
        guard message.type == Int(RTM_NEWRULE) || message.type == Int(RTM_DELRULE),
            let (header, rest) = message.payload.structure(fib_rule_hdr.self), Int(header.action) == FR_ACT_TO_TBL
        else { return nil }
        let attributes = Attributes(rest)
        let mask: UInt32 = attributes.number(FRA_FWMASK) ?? 0
        let mark: UInt32 = attributes.number(FRA_FWMARK) ?? 0
        self.init(
            priority: attributes.number(FRA_PRIORITY) ?? 0, mark: mask == 0 && mark == 0 ? nil : Mark(mark, mask: mask),
            table: attributes.number(FRA_TABLE) ?? UInt32(header.table), isIPv6: header.family == UInt8(AF_INET6))
    }

    func request(_ type: Int, flags: Int32 = 0) -> NetlinkRequest {
        var header = fib_rule_hdr()
        header.family = UInt8(isIPv6 ? AF_INET6 : AF_INET)
        header.action = UInt8(FR_ACT_TO_TBL)
        var request = NetlinkRequest(type, flags: flags, header)
        request.attributes.add(FRA_PRIORITY, native: priority)
        request.attributes.add(FRA_TABLE, native: table)
        if let mark {
            request.attributes.add(FRA_FWMARK, native: mark.value)
            request.attributes.add(FRA_FWMASK, native: mark.mask)
        }
        return request
    }
}

extension RouteConnection {
    /// The rules of IPv4, or of IPv6, that name a table.
    public func rules(ipv6: Bool = false) throws(NetlinkError) -> [PolicyRule] {
        var header = fib_rule_hdr()
        header.family = UInt8(ipv6 ? AF_INET6 : AF_INET)
        return try socket.ask(NetlinkRequest(Int(RTM_GETRULE), flags: NLM_F_DUMP, header), "list the rules of routing")
            .compactMap { PolicyRule($0) }
    }

    /// Adds a rule; one that is there already is no error.
    public func add(_ rule: PolicyRule) throws(NetlinkError) {
        do throws(NetlinkError) {
            try socket.ask(
                rule.request(Int(RTM_NEWRULE), flags: NLM_F_CREATE | NLM_F_EXCL), "add the rule \(rule.priority) of routing")
        } catch  where error.code == EEXIST {}
    }

    /// Removes a rule; one that has gone already is no error.
    public func remove(_ rule: PolicyRule) throws(NetlinkError) {
        do throws(NetlinkError) {
            try socket.ask(rule.request(Int(RTM_DELRULE)), "remove the rule \(rule.priority) of routing")
        } catch  where error.isAbsence {}
    }
}
