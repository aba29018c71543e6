import Foundation

/// An IPv4 or IPv6 address in network byte order.
struct IPAddress: Sendable, Equatable {
    /// 4 or 16 of them.
    let bytes: [UInt8]

    /// Reads the textual form; nil where the text is no address.
    init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            bytes = withUnsafeBytes(of: v4) { Array($0) }
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            bytes = withUnsafeBytes(of: v6) { Array($0) }
        } else {
            return nil
        }
    }
}
