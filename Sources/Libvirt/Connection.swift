internal import CLibvirt

/// A connection to a libvirt driver, local or remote; closed when the last reference goes.
///
/// Every method of this module blocks its thread until libvirt answers, which for a starting domain or a dead remote host
/// takes seconds. Call them from a thread of their own, not from Swift's cooperative pool. libvirt's handles are safe to use
/// from several threads at once, and so are all types here.
public final class Connection: @unchecked Sendable {
    let handle: OpaquePointer

    /// libvirt prints every error to stderr unless a handler is set; ours are thrown, so the handler does nothing.
    private static let silence: Void = virSetErrorFunc(nil) { _, _ in }

    /// Opens a connection.
    /// - Parameters:
    ///   - uri: which driver and host (`qemu:///system`, `qemu+ssh://host/system`, `test:///default`). nil: the variable
    ///     `LIBVIRT_DEFAULT_URI`, else libvirt's own choice (the user's libvirt.conf, then a probe).
    ///   - readOnly: ask for no rights to change anything.
    /// - Throws: ``LibvirtError/Code/noConnect`` or ``LibvirtError/Code/systemError`` where no daemon answers,
    ///   ``LibvirtError/Code/authFailed`` or ``LibvirtError/Code/authUnavailable`` where it does but refuses.
    public init(uri: String? = nil, readOnly: Bool = false) throws(LibvirtError) {
        _ = Self.silence
        let opened = readOnly ? virConnectOpenReadOnly(uri) : virConnectOpen(uri)
        handle = try checkHandle(opened, uri.map { "connect to libvirt at \($0)" } ?? "connect to libvirt")
    }

    deinit {
        virConnectClose(handle)
    }

    /// The URI of this connection, in full.
    public var uri: String {
        get throws(LibvirtError) { try takeString(virConnectGetURI(handle), "read the connection's URI") }
    }

    /// The name of the host that the driver runs on.
    public var hostname: String {
        get throws(LibvirtError) { try takeString(virConnectGetHostname(handle), "read the host's name") }
    }

    /// Whether the connection is still usable. A socket that broke without traffic is noticed at the next call only.
    public var isAlive: Bool {
        virConnectIsAlive(handle) == 1
    }
}
