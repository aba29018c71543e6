internal import CLibvirt

/// What a domain is doing, in libvirt's terms (`virDomainState`).
public enum DomainState: Int32, Hashable, Sendable, CaseIterable {
    /// libvirt does not know.
    case noState = 0
    /// It runs.
    case running = 1
    /// It waits for a resource.
    case blocked = 2
    /// Its processors are halted.
    case paused = 3
    /// It is on its way down.
    case shuttingDown = 4
    /// It does not run.
    case shutOff = 5
    /// It crashed.
    case crashed = 6
    /// The guest suspended itself to memory.
    case suspended = 7
}

/// A domain's state and how it came to it.
public struct DomainStatus: Hashable, Sendable {
    /// What it is doing.
    public var state: DomainState
    /// Why; the numbers' meaning depends on the state (`virDomainRunningReason` and its siblings).
    public var reason: Int32

    /// A status of these parts.
    public init(state: DomainState, reason: Int32) {
        self.state = state
        self.reason = reason
    }

    /// It is off because the guest powered itself off, whether asked to or by its own decision.
    public var wasShutDownByGuest: Bool {
        state == .shutOff && reason == Int32(VIR_DOMAIN_SHUTOFF_SHUTDOWN.rawValue)
    }

    /// It is off because someone pulled the plug (`virsh destroy`, ``Domain/destroy(graceful:)``).
    public var wasDestroyed: Bool {
        state == .shutOff && reason == Int32(VIR_DOMAIN_SHUTOFF_DESTROYED.rawValue)
    }

    /// It is off and its memory was saved; the next start continues there.
    public var wasSaved: Bool {
        state == .shutOff && reason == Int32(VIR_DOMAIN_SHUTOFF_SAVED.rawValue)
    }

    /// It is off because QEMU could not start or died.
    public var hasFailed: Bool {
        state == .crashed
            || state == .shutOff
                && (reason == Int32(VIR_DOMAIN_SHUTOFF_CRASHED.rawValue) || reason == Int32(VIR_DOMAIN_SHUTOFF_FAILED.rawValue))
    }
}

extension Domain {
    /// What the domain is doing, and why.
    public func state() throws(LibvirtError) -> DomainStatus {
        var state: CInt = 0
        var reason: CInt = 0
        try check(virDomainGetState(handle, &state, &reason, 0), "read the state of domain \(name)")
        return DomainStatus(state: DomainState(rawValue: state) ?? .noState, reason: reason)
    }
}
