import Crypto
import Foundation
import Libvirt

/// Makes templates: boots a machine without identity, waits until its engine answers, and freezes it.
struct TemplateBuilder: Sendable {
    let host: LibvirtHost
    let store: MachineStore
    var timeout: Duration = .seconds(300)

    /// Whether machines can be forked on that libvirt: QEMU is handed open files, which only works on this host.
    static func isPossible(uri: String) -> Bool {
        guard let scheme = uri.split(separator: ":").first, let parts = URLComponents(string: uri) else { return false }
        return !scheme.contains("+") && (parts.host ?? "").isEmpty || scheme.hasSuffix("+unix")
    }

    /// The recipe's template, built where it is not there whole; two processes that need it build it once.
    ///
    /// - Parameter log: told what is done where there is something to do.
    func ensure(_ recipe: TemplateRecipe, log: @escaping Log) async throws -> (template: Template, built: Bool) {
        let digest = recipe.digest
        if let found = try await find(digest) { return (found, false) }
        let lock = try await FileLock.take(Self.lock(digest, store: store))
        defer { withExtendedLifetime(lock) {} }
        if let found = try await find(digest) { return (found, false) }
        try await requireUnused(digest)
        let with = recipe.injected == nil ? "" : " with swarmd"
        log("Building the template for machines of \(recipe.memoryMiB) MB and \(recipe.cpus) CPU\(with), once: booting it...")
        let work = store.cache.appending(path: ".building-template-\(digest)")
        try? FileManager.default.removeItem(at: work)
        try MachineStore.makeFolder(work)
        defer { try? FileManager.default.removeItem(at: work) }
        do {
            return (try await build(recipe, digest: digest, work: work, log: log), true)
        } catch {
            // Not in this task: it may have been cancelled.
            await Task { [self] in try? await discard(digest) }.value
            throw error
        }
    }

    private func find(_ digest: String) async throws -> Template? {
        try await host.perform { try DiskPool.ensure($0).template(digest) }
    }

    /// - Throws: where machines stand on what is there of a template: without it their disks are nothing.
    private func requireUnused(_ digest: String) async throws {
        let users = try await host.perform { try DiskPool.find($0)?.layers(upon: DiskPool.templateDisk(digest)) ?? [] }
        guard users.isEmpty else {
            throw MachineError.failed(
                "template \(digest) is damaged, and cannot be built again while machines are layered upon it "
                    + "(\(users.joined(separator: ", "))): remove them, or boot this one with --cold")
        }
    }

    /// Ends the template's domain and removes its volumes.
    private func discard(_ digest: String) async throws {
        try await host.perform { connection in
            if let domain = try connection.domain(named: Self.domainName(digest)) { try domain.destroy() }
            try DiskPool.find(connection)?.removeTemplate(digest)
            try DiskPool.find(connection)?.removeConsole(of: Self.domainName(digest))
        }
    }

    static func lock(_ digest: String, store: MachineStore) -> URL { store.cache.appending(path: ".template-\(digest).lock") }

    static func domainName(_ digest: String) -> String { "swarmlab-template-\(digest)" }

    private func build(_ recipe: TemplateRecipe, digest: String, work: URL, log: @escaping Log) async throws -> Template {
        // What a build that was killed left; we hold the lock, so nobody is at it.
        try await discard(digest)
        let (domain, sharesMemory) = try await boot(recipe, digest: digest, log: log)
        do {
            try await LibvirtDriver.waitForAgent(of: domain, timeout: timeout)
            log("Starting its engine...")
            let shell = AgentShell(domain: domain)
            let frozen = try await shell.run("/usr/lib/swarmlab/freeze", input: "", timeout: timeout)
            guard frozen.succeeded else {
                throw MachineError.failed("the template cannot be made ready: \(frozen.text)\(frozen.errorText)")
            }
            log("Freezing it...")
            return try await blocking { [self] in
                try freeze(domain, recipe: recipe, digest: digest, sharesMemory: sharesMemory, work: work)
            }
        } catch MachineError.timedOut(let text) {
            let tail = await LibvirtDriver.consoleTail(of: Self.domainName(digest), on: host)
            throw MachineError.timedOut("\(text)\(tail.map { "\nThe end of its console:\n\($0)" } ?? "")")
        }
    }

    /// Starts the template's domain, with its memory in a file where the host's policy lets QEMU have one.
    private func boot(_ recipe: TemplateRecipe, digest: String, log: @escaping Log) async throws -> (Domain, Bool) {
        let store = store.root.path
        return try await host.perform { connection in
            let pool = try DiskPool.ensure(connection)
            let type = recipe.hardwareAcceleration ? "kvm" : "qemu"
            let volumes = try pool.createTemplateVolumes(
                digest, base: recipe.base, memoryMiB: recipe.memoryMiB,
                owner: try connection.hypervisorOwner(virtualizationType: type))
            var xml = recipe.domain(name: Self.domainName(digest), uuid: UUID().uuidString.lowercased())
            xml.disk = volumes.disk
            xml.store = store
            xml.isConnected = false
            xml.consoleLog = try pool.consoleLog(of: Self.domainName(digest))
            if recipe.mayShareMemory {
                xml.memory = DomainXML.MemoryFile(path: volumes.memory, isWritten: true)
                do throws(LibvirtError) { return (try connection.createDomain(xml: xml.text), true) } catch {
                    log("QEMU may not have its memory in \(volumes.memory), so every machine gets a copy: \(error.message)")
                }
            }
            try pool.removeTemplateMemory(digest)
            xml.memory = nil
            return (try connection.createDomain(xml: xml.text), false)
        }
    }

    /// Plugs the network cable in, stops the guest, and writes down what it is. Blocks.
    private func freeze(
        _ domain: Domain, recipe: TemplateRecipe, digest: String, sharesMemory: Bool, work: URL
    ) throws -> Template {
        // The guest's side is down, so nothing goes out; a fork has the cable in from its first instant.
        try domain.updateDevice(xml: recipe.domain(name: "", uuid: "").interface, live: true, config: false)
        try domain.suspend()
        let file = work.appending(path: "state")
        try Data().writePrivately(to: file)
        let handle = try FileHandle(forWritingTo: file)
        try MigrationStream(domain: domain, leavesOutSharedMemory: sharesMemory).save(to: handle)
        try handle.close()
        try domain.destroy()
        var hash = SHA256()
        hash.update(data: try Data(contentsOf: file, options: .mappedIfSafe))
        let template = Template(
            digest: digest, image: recipe.image.digest, memoryMiB: recipe.memoryMiB, cpus: recipe.cpus,
            sharesMemory: sharesMemory, injected: recipe.injected?.digest, created: Date(),
            stateDigest: hash.finalize().hexadecimal, diskModified: "", memoryModified: nil,
            stateModified: "")
        let connection = try host.connection()
        try DiskPool.find(connection)?.removeConsole(of: Self.domainName(digest))
        return try DiskPool.ensure(connection).completeTemplate(template, state: file)
    }
}
