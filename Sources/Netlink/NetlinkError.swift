import CNetlink

/// What the kernel says of a request that it refuses.
public struct NetlinkError: Error, Equatable {
    /// As in `errno`.
    public var code: Int32
    /// What was asked for: `make the link swb-1`.
    public var doing: String

    public init(code: Int32, doing: String) {
        self.code = code
        self.doing = doing
    }
}
