import Foundation
import Libvirt

/// How an orchestrator gets into a machine, and another in its place.
extension LibvirtDriver {
    /// The disk with what is to be injected, made where it is not in the pool; two processes that need it make it once.
    func ensureInjectedDisk(_ injection: Injection, log: @escaping Log) async throws -> InjectedDisk {
        let lock = try await FileLock.take(imageLock)
        defer { withExtendedLifetime(lock) {} }
        let known = try await host.perform { try DiskPool.ensure($0, refreshed: true).injectedDisk(injection.digest) }
        if let known { return known }
        log("Making the disk that puts \(injection.binary.lastPathComponent) into machines...")
        let work = store.cache.appending(path: ".building-swarmd-\(injection.digest)")
        try? FileManager.default.removeItem(at: work)
        try MachineStore.makeFolder(work)
        defer { try? FileManager.default.removeItem(at: work) }
        let file = try await injection.build(in: work)
        return try await host.perform { try DiskPool.ensure($0).addInjectedDisk(injection.digest, from: file) }
    }

    /// The disk that the machine's configuration says it has. Blocks.
    ///
    /// - Returns: nil where nothing is injected.
    func injectedDisk(_ pool: DiskPool) throws -> InjectedDisk? {
        guard let digest = configuration.injected else { return nil }
        if let disk = try pool.injectedDisk(digest) { return disk }
        throw MachineError.failed(
            "the disk with swarmd \(digest), which \"\(name)\" needs, is gone from the storage pool \"\(DiskPool.name)\"")
    }

    /// Puts another orchestrator into a machine that runs, in place of the one it has.
    ///
    /// - Returns: whether there was anything to do.
    /// - Throws: when the new one does not start; the machine then has the old one again.
    func replaceInjected(with disk: InjectedDisk, log: @escaping Log) async throws -> Bool {
        let domain = try await requireDomain()
        let old = try await blocking { InjectedDisk.attached(inXML: try domain.xml()) }
        guard !old.contains(where: { $0.serial == disk.serial }) || old.count > 1 else { return false }
        log("Replacing swarmd...")
        let shell = AgentShell(domain: domain)
        if !old.contains(where: { $0.serial == disk.serial }) {
            let target = ["vdb", "vdc", "vdd"].first { target in !old.contains { $0.target == target } } ?? "vde"
            try await blocking { try domain.attachDevice(xml: disk.device(target: target), live: true, config: false) }
        }
        do {
            try await shell.check("/usr/lib/swarmlab/inject \(disk.serial)", doing: "starting the new swarmd in \"\(name)\"")
        } catch {
            if let former = old.last(where: { $0.serial != disk.serial }) {
                _ = try? await shell.run("/usr/lib/swarmlab/inject \(former.serial)", timeout: .seconds(120))
                try? await detachInjected(domain, except: former.serial)
            }
            throw error
        }
        try await detachInjected(domain, except: disk.serial)
        return true
    }

    /// Takes the disks away that the machine uses no more, and waits until it has let them go.
    private func detachInjected(_ domain: Domain, except serial: String) async throws {
        try await blocking {
            for disk in InjectedDisk.attached(inXML: try domain.xml()) where disk.serial != serial {
                let device = InjectedDisk(digest: String(disk.serial.dropFirst(Injection.serial("").count)), path: disk.path)
                try domain.detachDevice(xml: device.device(target: disk.target), live: true, config: false)
            }
        }
        let outcome = try await poll(timeout: .seconds(60), every: .milliseconds(200)) {
            try await blocking { InjectedDisk.attached(inXML: try domain.xml()).allSatisfy { $0.serial == serial } ? true : nil }
        }
        guard outcome.result != nil else {
            throw MachineError.timedOut("\"\(name)\" did not let go of the disk with its former swarmd within 60 s")
        }
    }
}
