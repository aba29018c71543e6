import CNetlink

/// A message from the kernel.
struct NetlinkMessage: Sendable {
    let type: Int
    let flags: Int32
    let sequence: UInt32
    /// The socket whose request it follows from; 0 is the kernel.
    let port: UInt32
    /// What comes behind the header.
    let payload: ArraySlice<UInt8>

    /// The messages in what one read has brought, as far as they are well formed.
    static func all(in bytes: ArraySlice<UInt8>) -> [NetlinkMessage] {
        var messages: [NetlinkMessage] = []
        var rest = bytes
        while let (header, payload) = rest.structure(nlmsghdr.self) {
            let length = Int(header.nlmsg_len)
            guard length >= 16, length <= rest.count else { break }
            messages.append(
                NetlinkMessage(
                    type: Int(header.nlmsg_type), flags: Int32(header.nlmsg_flags), sequence: header.nlmsg_seq,
                    port: header.nlmsg_pid,
                    payload: payload.prefix(length - 16)))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return messages
    }

    /// Whether it is the last one of the answer to a request.
    var isEnd: Bool { type == NLMSG_ERROR || type == NLMSG_DONE }

    /// Of the last message of an answer: what the kernel refuses; code 0 where it does not. Nil where the message is too short.
    var outcome: (code: Int32, detail: String?)? {
        guard let code = payload.number(Int32.self) else { return nil }
        var rest = payload.dropFirst(4)
        if type == NLMSG_ERROR {
            // The request comes back: its header alone, or all of it.
            guard let length = rest.number(UInt32.self) else { return (-code, nil) }
            rest = rest.dropFirst(flags & NLM_F_CAPPED != 0 ? 16 : (max(16, Int(length)) + 3) & ~3)
        }
        let detail = flags & NLM_F_ACK_TLVS == 0 ? nil : Attributes(rest).text(Int(NLMSGERR_ATTR_MSG.rawValue))
        return (code == .min ? .max : -code, detail)
    }
}
