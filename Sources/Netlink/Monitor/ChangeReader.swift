import CNetlink
import Glibc

/// Makes changes of the kernel's announcements.
struct ChangeReader: Sendable {
    /// Tables of the transaction of nftables that is being told; its end comes last.
    private var tables: Set<String> = []

    mutating func changes(in bytes: ArraySlice<UInt8>) -> [NetlinkChange] {
        NetlinkMessage.all(in: bytes).compactMap { change($0) }
    }

    private mutating func change(_ message: NetlinkMessage) -> NetlinkChange? {
        switch message.type {
        case Int(RTM_NEWLINK), Int(RTM_DELLINK):
            Link(message).map { .link($0, isRemoved: message.type == Int(RTM_DELLINK)) }
        case Int(RTM_NEWADDR), Int(RTM_DELADDR):
            InterfaceAddress(message).map { .address($0, isRemoved: message.type == Int(RTM_DELADDR)) }
        case Int(RTM_NEWNEIGH), Int(RTM_DELNEIGH):
            neighbour(message, isRemoved: message.type == Int(RTM_DELNEIGH))
        case _ where message.type >> 8 == Int(NFNL_SUBSYS_NFTABLES): ruleset(message)
        default: nil
        }
    }

    private func neighbour(_ message: NetlinkMessage, isRemoved: Bool) -> NetlinkChange? {
        if let entry = ForwardingEntry(message) { return .forwarding(entry, isRemoved: isRemoved) }
        return Neighbour(message).map { .neighbour($0, isRemoved: isRemoved) }
    }

    private mutating func ruleset(_ message: NetlinkMessage) -> NetlinkChange? {
        guard let (_, rest) = message.payload.structure(nfgenmsg.self) else { return nil }
        let attributes = Attributes(rest)
        guard message.type & 0xFF == Int(NFT_MSG_NEWGEN.rawValue) else {
            // Whatever it tells of, table, chain, rule, set or elements: the name of the table comes first (`NFTA_TABLE_NAME` and its like).
            if let table = attributes.text(Int(NFTA_TABLE_NAME.rawValue)) { tables.insert(table) }
            return nil
        }
        defer { tables = [] }
        return .ruleset(
            RulesetChange(
                tables: tables, program: attributes.text(Int(NFTA_GEN_PROC_NAME.rawValue)),
                process: attributes.networkNumber(Int(NFTA_GEN_PROC_PID.rawValue))))
    }
}
