import Foundation

/// All machines of one store, and the making of new ones.
public struct Machines: Sendable {
    public let store: MachineStore
    public let certificates: CertificateFiles
    let host: LibvirtHost

    /// - Parameters:
    ///   - libvirtURI: nil takes `LIBVIRT_DEFAULT_URI`, else `qemu:///system`.
    ///   - certificatePaths: nil takes the store's own.
    public init(store: MachineStore, libvirtURI: String? = nil, certificatePaths: CertificateFiles.Paths? = nil) {
        self.store = store
        self.certificates = CertificateFiles(store: store, paths: certificatePaths)
        self.host = LibvirtHost(uri: libvirtURI)
    }

    /// The libvirt that new machines are made on.
    public var libvirtURI: String { host.uri }

    /// One machine that exists.
    ///
    /// - Throws: `MachineError.doesNotExist`, `.unreadable`, `.driverNotFound`.
    public func machine(_ name: String) throws -> Machine {
        try Machine(configuration: store.load(name), machines: self)
    }

    /// All machines, or why one cannot be read, in no particular order.
    public func all() -> [(name: String, machine: Result<Machine, any Error>)] {
        store.names().map { name in (name, Result { try machine(name) }) }
    }

    /// What makes, starts and stops a machine with that configuration.
    func driver(for configuration: HostConfiguration, timeout: Duration = .seconds(300)) throws -> any Driver {
        let driver = configuration.driver
        switch try CreateRequest.kind(ofDriver: configuration.driverName) {
        case .none: return NoneDriver()
        case .generic: return GenericDriver(client: Machine.ssh(driver))
        case .libvirt:
            let mine = driver.libvirtURI == nil || driver.libvirtURI == host.uri
            return LibvirtDriver(
                host: mine ? host : LibvirtHost(uri: driver.libvirtURI), store: store, configuration: driver,
                timeout: timeout)
        }
    }
}
