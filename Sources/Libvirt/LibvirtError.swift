internal import CLibvirt
import Glibc

/// A failed libvirt call: what was being done, which of libvirt's error codes came back, and libvirt's own words.
public struct LibvirtError: Error, CustomStringConvertible, Equatable, Sendable {
    /// libvirt's error number (`virErrorNumber`), comparable with the names in ``Code``.
    public var code: Code
    /// libvirt's message, in libvirt's words ("Domain not found: no domain with matching name 'n1'").
    public var message: String
    /// What was being done, for a sentence that starts with "cannot" ("define domain n1").
    public var operation: String

    /// An error of the given kind; the module makes these itself, tests of callers may too.
    public init(code: Code, message: String, operation: String) {
        self.code = code
        self.message = message
        self.operation = operation
    }

    /// One line: `cannot OPERATION: MESSAGE`.
    public var description: String {
        "cannot \(operation): \(message)"
    }
}

extension LibvirtError {
    /// The error of the last libvirt call on this thread. libvirt keeps it per thread and the next call clears it,
    /// so this must run before anything else of libvirt's does.
    static func last(_ operation: String) -> LibvirtError {
        guard let error = virGetLastError() else {
            return LibvirtError(code: .unknown, message: "libvirt gave no reason", operation: operation)
        }
        let message = error.pointee.message.map { String(cString: $0) } ?? "libvirt gave no reason"
        return LibvirtError(code: Code(rawValue: error.pointee.code), message: message, operation: operation)
    }

    /// A failure of the operating system on our side of a call, `number` being the `errno`.
    static func system(_ number: Int32, _ operation: String) -> LibvirtError {
        LibvirtError(code: .systemError, message: String(cString: strerror(number)), operation: operation)
    }
}
