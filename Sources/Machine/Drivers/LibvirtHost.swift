import Foundation
import Libvirt

/// One libvirt, opened when it is first needed and then shared.
final class LibvirtHost: Sendable {
    /// nil leaves the choice to `LIBVIRT_DEFAULT_URI`, else `qemu:///system`.
    let requestedURI: String?
    private let opened = Lazy<Connection>()

    init(uri: String?) { self.requestedURI = uri }

    /// The URI that is used: a person who is not root would otherwise get libvirt's session instance, whose
    /// guests have no network of their own.
    var uri: String {
        requestedURI ?? ProcessInfo.processInfo.environment["LIBVIRT_DEFAULT_URI"] ?? "qemu:///system"
    }

    /// The open connection. Blocks.
    ///
    /// - Throws: `MachineError.failed` with what to do about it.
    func connection() throws -> Connection {
        try opened.get {
            do throws(LibvirtError) { return try Connection(uri: uri) } catch { throw Self.explain(error, uri: uri) }
        }
    }

    /// Runs libvirt calls where they hold up nobody else.
    func perform<Result: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Result) async throws -> Result {
        try await blocking { [self] in try body(connection()) }
    }

    private static func explain(_ error: LibvirtError, uri: String) -> MachineError {
        let remedy =
            switch error.code {
            case .authFailed, .authUnavailable, .authCancelled, .operationDenied, .accessDenied:
                "You may not use it: \"sudo adduser $USER libvirt\" and log in again."
            case _ where error.message.contains("Permission denied"):
                "You may not use it: \"sudo adduser $USER libvirt\" and log in again."
            default:
                "Is libvirtd running? \"sudo systemctl start libvirtd\" starts it; \"\(Program.name) doctor\" checks everything."
            }
        return .failed("cannot connect to libvirt at \(uri): \(error.message). \(remedy)")
    }
}

/// A value that is made on first use, by one thread while the others wait. A failure is not kept.
final class Lazy<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value?

    func get(_ make: () throws -> Value) rethrows -> Value {
        lock.lock()
        defer { lock.unlock() }
        if let value { return value }
        let made = try make()
        value = made
        return made
    }
}
