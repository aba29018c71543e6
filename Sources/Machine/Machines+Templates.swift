import Foundation
import Libvirt

extension Machines {
    /// All templates, newest first.
    public func templates() async throws -> [Template] {
        try await host.perform { try DiskPool.find($0)?.templates() ?? [] }
    }

    /// Makes the template that machines of such a request are forked from, unless it is there.
    ///
    /// - Parameter request: its memory, processors, image and orchestrator count.
    /// - Returns: the template's digest, and whether it had to be built.
    public func buildTemplate(
        _ request: CreateRequest, log: @escaping Log
    ) async throws -> (digest: String, built: Bool) {
        let cache = ImageCache(store: store)
        let image = try request.image.map { try cache.image(digest: $0) } ?? cache.currentGuestImage()
        guard TemplateBuilder.isPossible(uri: host.uri) else {
            throw MachineError.failed("templates need a libvirt on this host, and \(host.uri) is on another")
        }
        let injection = request.orchestrator == .swarmd ? try Injection.find() : nil
        let base = try await libvirtDriver.ensureBase(image, log: log)
        var injected: InjectedDisk?
        if let injection { injected = try await libvirtDriver.ensureInjectedDisk(injection, log: log) }
        let verdict = try await libvirtDriver.acceleration.verdict(base: base, log: log)
        let (template, built) = try await libvirtDriver.ensureTemplate(
            request, image: image, base: base, injected: injected, works: verdict.works, log: log)
        return (template.digest, built)
    }

    /// A driver of no machine in particular, for what all machines of this libvirt share.
    var libvirtDriver: LibvirtDriver {
        LibvirtDriver(
            host: host, store: store,
            configuration: DriverConfiguration(machineName: "", sshUser: "", sshKeyPath: "", storePath: store.root.path))
    }

    /// Removes a template.
    ///
    /// - Parameter prefix: its digest, or a beginning of it.
    /// - Throws: `MachineError.failed` where there is none, several fit, or machines are layered upon it.
    public func removeTemplate(_ prefix: String, log: @escaping Log) async throws {
        let fitting = try await templates().filter { !prefix.isEmpty && $0.digest.hasPrefix(prefix) }
        guard let template = fitting.first else { throw MachineError.failed("there is no template \"\(prefix)\"") }
        guard fitting.count == 1 else { throw MachineError.failed("\"\(prefix)\" fits several templates: write more of it") }
        let lock = try await FileLock.take(TemplateBuilder.lock(template.digest, store: store))
        defer { withExtendedLifetime(lock) {} }
        try await host.perform { try DiskPool.find($0)?.removeTemplate(template.digest) }
        log("Removed template \(template.digest)")
    }
}
