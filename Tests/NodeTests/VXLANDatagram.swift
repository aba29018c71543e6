import Testing

/// A UDP datagram to a container, as a node would send it to another one: in VXLAN (RFC 7348), Ethernet and IPv4.
struct VXLANDatagram {
    var network: UInt32
    var from: [UInt8]
    var to: [UInt8]
    var port: UInt16
    var text: String

    /// What comes after VXLAN's UDP header.
    var bytes: [UInt8] {
        let segment = Self.pair(4000) + Self.pair(port) + Self.pair(UInt16(8 + text.utf8.count)) + [0, 0] + Array(text.utf8)
        var header: [UInt8] = [0x45, 0] + Self.pair(UInt16(20 + segment.count)) + [0, 1, 0, 0, 64, 17, 0, 0] + from + to
        // RFC 1071.
        let sum = stride(from: 0, to: header.count, by: 2).reduce(UInt32(0)) { sum, at in
            sum + UInt32(header[at]) << 8 + UInt32(header[at + 1])
        }
        header.replaceSubrange(10..<12, with: Self.pair(~UInt16(truncatingIfNeeded: sum & 0xFFFF + sum >> 16)))
        let identifier = [16, 8, 0].map { UInt8(truncatingIfNeeded: network >> $0) }
        return [8, 0, 0, 0] + identifier + [0] + [2, 0x42] + to + [2, 0x42] + from + [8, 0] + header + segment
    }

    /// A line of bash that sends it to a node's port for VXLAN. From a file, because `printf` would make a datagram of each line.
    func sending(to node: Host) -> String {
        let bytes = bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "f=$(mktemp) && printf '\(bytes)' >$f && cat $f >/dev/udp/\(node.address)/4789 && rm $f"
    }

    private static func pair(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }
}
