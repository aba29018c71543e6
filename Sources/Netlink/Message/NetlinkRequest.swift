import CNetlink

/// A message to the kernel: what is asked for, the structure that such messages begin with, attributes.
struct NetlinkRequest: Sendable {
    let type: UInt16
    let flags: UInt16
    private let header: [UInt8]
    var attributes = AttributeList()

    /// - Parameter flags: `NLM_F_…`, besides those that every request has.
    init<Header: BitwiseCopyable>(_ type: Int, flags: Int32 = 0, _ header: Header) {
        self.type = UInt16(truncatingIfNeeded: type)
        self.flags = UInt16(truncatingIfNeeded: flags | NLM_F_REQUEST | (flags & NLM_F_DUMP == NLM_F_DUMP ? 0 : NLM_F_ACK))
        var bytes = withUnsafeBytes(of: header) { Array($0) }
        bytes.fillUp()
        self.header = bytes
    }

    /// As it goes over the socket.
    func bytes(sequence: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 + header.count + attributes.bytes.count)
        bytes.append(native: UInt32(16 + header.count + attributes.bytes.count))
        bytes.append(native: type)
        bytes.append(native: flags)
        bytes.append(native: sequence)
        bytes.append(native: UInt32(0))
        bytes.append(contentsOf: header)
        bytes.append(contentsOf: attributes.bytes)
        return bytes
    }
}

/// All that there is of something, as flags of a request. The header's is a product of two macros, which does not get here.
let NLM_F_DUMP: Int32 = NLM_F_ROOT | NLM_F_MATCH
