import Foundation
import Libvirt

extension LibvirtDriver {
    /// Makes the machine's place in the network, its disk and its domain, and starts it.
    ///
    /// - Returns: the driver's configuration with the place in it.
    func create(_ request: CreateRequest, image: GuestImage, log: @escaping Log) async throws -> DriverConfiguration {
        let base = try await ensureBase(image, log: log)
        let verdict = try await acceleration.verdict(base: base, log: log)
        if !verdict.works { log("Emulating the processor, which is slow: \(verdict.reason).") }
        let (place, subnet) = try await reserve(request)
        log("Creating libvirt domain...")
        var configuration = configuration
        configuration.ipAddress = place.address
        configuration.macAddress = place.mac
        configuration.hostOnlyCIDR = subnet.description
        let driver = LibvirtDriver(host: host, store: store, configuration: configuration, timeout: timeout)
        try await host.perform { connection in
            _ = try DiskPool.ensure(connection).createDisk(
                machine: request.name, base: base, megabytes: request.diskMB)
            let domain = try driver.define(connection, place: place, hardwareAcceleration: verdict.works)
            log("Starting the VM...")
            try domain.start()
        }
        return configuration
    }

    /// Defines the domain again from the configuration; what runs goes on as it is until its next start.
    func redefine() async throws {
        let place = LabNetwork.Reservation(
            name: name, mac: configuration.macAddress ?? "", address: configuration.ipAddress)
        try await host.perform { [self] in _ = try define($0, place: place, hardwareAcceleration: nil) }
    }

    var acceleration: AccelerationCheck { AccelerationCheck(host: host, store: store) }

    private func ensureBase(_ image: GuestImage, log: @escaping Log) async throws -> DiskPool.BaseImage {
        let lock = try await FileLock.take(imageLock)
        defer { withExtendedLifetime(lock) {} }
        return try await host.perform { connection in
            try DiskPool.ensure(connection).ensureBase(image, progress: log)
        }
    }

    private func reserve(_ request: CreateRequest) async throws -> (LabNetwork.Reservation, IPv4Subnet) {
        let lock = try await FileLock.take(networkLock)
        defer { withExtendedLifetime(lock) {} }
        return try await host.perform { [self] connection in
            let network = try LabNetwork.ensure(connection, name: networkName, cidr: request.cidr)
            return (try network.reserve(name: request.name, address: request.address), network.subnet)
        }
    }
}
