internal import CLibvirt

extension Domain {
    /// How a guest is asked to shut down or to reboot.
    public enum ShutdownMode: Sendable {
        /// libvirt's choice: the agent where there is one, else the power button.
        case automatic
        /// The ACPI power button. The guest may ignore it.
        case acpi
        /// The guest agent. Throws when it does not answer.
        case agent
    }

    /// What else goes when a domain is undefined.
    public struct UndefineOptions: OptionSet, Sendable {
        /// The flags as `virDomainUndefineFlagsValues` has them.
        public var rawValue: UInt32
        /// The options of these flags.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The saved memory, if any; without this option its presence is an error.
        public static let managedSave = UndefineOptions(rawValue: VIR_DOMAIN_UNDEFINE_MANAGED_SAVE.rawValue)
        /// What libvirt knows about snapshots; without this option their presence is an error.
        public static let snapshotsMetadata = UndefineOptions(rawValue: VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA.rawValue)
        /// What libvirt knows about checkpoints; without this option their presence is an error.
        public static let checkpointsMetadata = UndefineOptions(rawValue: VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA.rawValue)
        /// The firmware's variables; without this option their presence is an error.
        public static let nvram = UndefineOptions(rawValue: VIR_DOMAIN_UNDEFINE_NVRAM.rawValue)
        /// All of these.
        public static let everything: UndefineOptions = [.managedSave, .snapshotsMetadata, .checkpointsMetadata, .nvram]
    }

    /// Starts the domain, from its saved memory when it has some. Returns when QEMU runs; the guest boots on its own time.
    /// - Parameter paused: leave its processors halted until ``resume()``.
    /// - Throws: ``LibvirtError/Code/operationInvalid`` when it runs already.
    public func start(paused: Bool = false) throws(LibvirtError) {
        try check(
            virDomainCreateWithFlags(handle, paused ? VIR_DOMAIN_START_PAUSED.rawValue : 0), "start domain \(name)")
    }

    /// Asks the guest to power off, and returns at once. Poll ``state()`` to see whether it did.
    public func shutdown(_ mode: ShutdownMode = .automatic) throws(LibvirtError) {
        let flags =
            switch mode {
            case .automatic: VIR_DOMAIN_SHUTDOWN_DEFAULT
            case .acpi: VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN
            case .agent: VIR_DOMAIN_SHUTDOWN_GUEST_AGENT
            }
        try check(virDomainShutdownFlags(handle, flags.rawValue), "shut down domain \(name)")
    }

    /// Asks the guest to reboot, and returns at once.
    public func reboot(_ mode: ShutdownMode = .automatic) throws(LibvirtError) {
        let flags =
            switch mode {
            case .automatic: VIR_DOMAIN_REBOOT_DEFAULT
            case .acpi: VIR_DOMAIN_REBOOT_ACPI_POWER_BTN
            case .agent: VIR_DOMAIN_REBOOT_GUEST_AGENT
            }
        try check(virDomainReboot(handle, flags.rawValue), "reboot domain \(name)")
    }

    /// Presses the reset button.
    public func reset() throws(LibvirtError) {
        try check(virDomainReset(handle, 0), "reset domain \(name)")
    }

    /// Pulls the plug. A transient domain is gone afterwards, a persistent one stays defined.
    /// - Parameter graceful: give QEMU time to write its caches, and throw rather than kill it when it does not go.
    public func destroy(graceful: Bool = false) throws(LibvirtError) {
        try check(
            virDomainDestroyFlags(handle, graceful ? VIR_DOMAIN_DESTROY_GRACEFUL.rawValue : 0), "stop domain \(name)")
    }

    /// Removes the definition. A running domain goes on as a transient one; disks stay.
    public func undefine(_ options: UndefineOptions = .everything) throws(LibvirtError) {
        try check(virDomainUndefineFlags(handle, options.rawValue), "remove domain \(name)")
    }

    /// Halts the processors.
    public func suspend() throws(LibvirtError) {
        try check(virDomainSuspend(handle), "pause domain \(name)")
    }

    /// Lets the processors go on.
    public func resume() throws(LibvirtError) {
        try check(virDomainResume(handle), "resume domain \(name)")
    }
}
