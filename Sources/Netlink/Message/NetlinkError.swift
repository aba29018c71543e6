import CNetlink
import Glibc

/// What the kernel says of a request that it refuses, or of an answer that did not come.
public struct NetlinkError: Error, Equatable, CustomStringConvertible {
    /// As in `errno`.
    public var code: Int32
    /// What was asked for: `make the link swb-1`.
    public var doing: String
    /// The kernel's own words on it (extended acknowledgement), where it has some.
    public var detail: String?

    public init(code: Int32, doing: String, detail: String? = nil) {
        self.code = code
        self.doing = doing
        self.detail = detail
    }

    public var description: String {
        let text = String(cString: strerror(code))
        return "cannot \(doing): \(text)" + (detail.map { " (\($0))" } ?? "")
    }

    /// Whether what was to be removed or changed is not there.
    public var isAbsence: Bool { [ENOENT, ENODEV, ESRCH, EADDRNOTAVAIL, ENXIO].contains(code) }
}
