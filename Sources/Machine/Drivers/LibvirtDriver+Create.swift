import Foundation
import Libvirt

extension LibvirtDriver {
    /// A machine that is about to be made: what must be known before its certificate can be signed.
    struct Blueprint: Sendable {
        var configuration: DriverConfiguration
        var base: DiskPool.BaseImage
        var place: LabNetwork.Reservation
        var prefixLength: Int
        var hardwareAcceleration: Bool
        /// What is put into it; nil where the engine is all it needs.
        var injected: InjectedDisk?
        /// What it is forked from; nil boots it.
        var template: Template?
    }

    /// Finds what the machine is made of, and its place in the network.
    func plan(
        _ request: CreateRequest, image: GuestImage, injection: Injection?, log: @escaping Log
    ) async throws -> Blueprint {
        let base = try await ensureBase(image, log: log)
        let verdict = try await acceleration.verdict(base: base, log: log)
        if !verdict.works { log("Emulating the processor, which is slow: \(verdict.reason).") }
        var injected: InjectedDisk?
        if let injection { injected = try await ensureInjectedDisk(injection, log: log) }
        let (place, subnet) = try await reserve(request)
        var configuration = configuration
        configuration.ipAddress = place.address
        configuration.macAddress = place.mac
        configuration.hostOnlyCIDR = subnet.description
        var blueprint = Blueprint(
            configuration: configuration, base: base, place: place, prefixLength: subnet.prefix,
            hardwareAcceleration: verdict.works, injected: injected)
        blueprint.configuration.injected = injected?.digest
        blueprint.template = try await template(
            request, image: image, base: base, injected: injected, works: verdict.works, log: log)
        blueprint.configuration.template = blueprint.template?.digest
        return blueprint
    }

    /// Makes the machine's disk and domain and starts it: booting, or going on from where its template was frozen.
    func build(_ blueprint: Blueprint, diskMB: Int, log: @escaping Log) async throws {
        log("Creating libvirt domain...")
        try await host.perform { [self] connection in
            let pool = try DiskPool.ensure(connection)
            let below = try blueprint.template.map { try pool.templatePath($0) } ?? blueprint.base.disk
            _ = try pool.createDisk(machine: name, upon: below)
            let xml = try domainXML(
                connection, base: blueprint.base, place: blueprint.place,
                hardwareAcceleration: blueprint.hardwareAcceleration)
            let domain = try connection.defineDomain(xml: xml.text)
            if let template = blueprint.template {
                log("Forking template \(template.digest)...")
                try fork(connection, template: template, xml: xml)
            } else {
                log("Starting the VM...")
                try domain.start()
            }
            let bytes = UInt64(diskMB) * 1_000_000
            if try pool.capacity(of: xml.disk) < bytes { try domain.resizeDisk("vda", bytes: bytes) }
        }
    }

    /// Defines the domain again from the configuration; what runs goes on as it is until its next start.
    func redefine() async throws {
        _ = try await define(
            place: LabNetwork.Reservation(name: name, mac: configuration.macAddress ?? "", address: configuration.ipAddress))
    }

    var acceleration: AccelerationCheck { AccelerationCheck(host: host, store: store) }

    func ensureBase(_ image: GuestImage, log: @escaping Log) async throws -> DiskPool.BaseImage {
        let lock = try await FileLock.take(imageLock)
        defer { withExtendedLifetime(lock) {} }
        return try await host.perform { connection in
            try DiskPool.ensure(connection, refreshed: true).ensureBase(image, progress: log)
        }
    }

    private func template(
        _ request: CreateRequest, image: GuestImage, base: DiskPool.BaseImage, injected: InjectedDisk?, works: Bool,
        log: @escaping Log
    ) async throws -> Template? {
        guard !request.startsCold else { return nil }
        guard TemplateBuilder.isPossible(uri: host.uri) else {
            log("Booting it: forking needs a libvirt on this host, and \(host.uri) is on another.")
            return nil
        }
        return try await ensureTemplate(
            request, image: image, base: base, injected: injected, works: works, log: log
        ).template
    }

    /// The template that machines of such a request are forked from, built where it is not there.
    func ensureTemplate(
        _ request: CreateRequest, image: GuestImage, base: DiskPool.BaseImage, injected: InjectedDisk?, works: Bool,
        log: @escaping Log
    ) async throws -> (template: Template, built: Bool) {
        let recipe = try await TemplateRecipe(
            image: image, base: base, memoryMiB: request.memoryMiB, cpus: request.cpus, hardwareAcceleration: works,
            injected: injected, host: host)
        return try await TemplateBuilder(host: host, store: store, timeout: request.timeout).ensure(recipe, log: log)
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
