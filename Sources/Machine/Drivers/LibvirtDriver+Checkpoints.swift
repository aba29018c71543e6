import Foundation
import Libvirt

/// Sleep, checkpoints and the way back to them, of one machine. What belongs to several machines at one instant is put together
/// from these (`Machines`). Calls that are not `async` block.
extension LibvirtDriver {
    /// The path of the disk's layer that the machine writes to: what its domain says; without a domain, the newest.
    func currentLayer(_ connection: Connection, _ pool: DiskPool) throws -> String? {
        if let domain = try domain(connection), let path = Self.diskPath(inXML: try domain.xml()) { return path }
        return try pool.layers(of: name).last?.path
    }

    @discardableResult
    func requireRunningDomain(_ connection: Connection) throws -> Domain {
        guard let domain = try domain(connection), try domain.state().state == .running else {
            throw MachineError.failed("\"\(name)\" is not running: \"\(Program.name) start \(name)\" starts it")
        }
        return domain
    }

    /// Halts the processors of a machine that runs.
    func pause(_ connection: Connection) throws { try requireRunningDomain(connection).suspend() }

    /// Lets the processors of a paused machine go on.
    func unpause(_ connection: Connection) throws {
        guard let domain = try domain(connection), try domain.state().state == .paused else { return }
        try domain.resume()
    }

    /// Writes the memory away and ends QEMU; the next start goes on from there.
    func sleep(_ connection: Connection) throws { try domain(connection)?.managedSave(running: true) }

    /// Starts a machine that sleeps, with its processors halted; a paused one is left as it is.
    func wake(_ connection: Connection) throws {
        let domain = try requireDomain(connection)
        if try domain.isActive { return }
        guard try domain.hasManagedSave else {
            throw MachineError.failed("\"\(name)\" is not suspended: \"\(Program.name) start \(name)\" starts it")
        }
        try domain.start(paused: true)
    }

    /// Writes the memory of a paused machine beside its disk and goes on with a new layer on that.
    func checkpoint(_ checkpoint: String, _ connection: Connection) throws {
        let pool = try DiskPool.ensure(connection, refreshed: true)
        let domain = try requireDomain(connection)
        guard let folder = try pool.pool.targetPath else {
            throw MachineError.failed("the storage pool \"\(DiskPool.name)\" is no folder: checkpoints need one")
        }
        let memory = "\(folder)/\(DiskPool.checkpointName(checkpoint, of: name))"
        let layer = "\(folder)/\(try pool.nextLayerName(of: name))"
        try domain.snapshotExternally(
            xml: """
                <domainsnapshot>
                  <memory snapshot='external' file='\(XMLText.escape(memory))'/>
                  <disks><disk name='vda' snapshot='external' type='file'>
                    <driver type='qcow2'/><source file='\(XMLText.escape(layer))'/>
                  </disk></disks>
                </domainsnapshot>
                """)
        try DiskPool.refresh(pool.pool)
    }

    /// Ends the machine, whatever it does, and starts it as it was at a checkpoint, with its processors halted.
    func rewind(to checkpoint: String, _ connection: Connection) throws {
        let pool = try DiskPool.ensure(connection, refreshed: true)
        let memory = try requireCheckpoint(checkpoint, pool)
        let saved = try connection.savedDomainXML(in: memory.path)
        guard let frozen = Self.diskPath(inXML: saved) else {
            throw MachineError.failed("checkpoint \"\(checkpoint)\" of \"\(name)\" names no disk")
        }
        let layer = try pool.createLayer(of: name, upon: frozen)
        if let domain = try domain(connection) {
            if try domain.isActive { try domain.destroy() }
            if try domain.hasManagedSave { try domain.removeManagedSave() }
            // The next boot is from the new layer, too.
            let definition = try domain.xml(inactive: true)
            _ = try connection.defineDomain(xml: Self.replacingDisk(inXML: definition, by: layer))
        }
        try connection.restoreDomainPaused(from: try memory.path, xml: Self.replacingDisk(inXML: saved, by: layer))
        try tidyLayers(connection)
    }

    /// Removes the machine's part of a checkpoint; none is fine.
    func removeCheckpoint(_ checkpoint: String, _ connection: Connection) throws {
        guard let pool = try DiskPool.find(connection) else { return }
        try pool.checkpoint(checkpoint, of: name)?.delete()
        try tidyLayers(connection)
    }

    @discardableResult
    func requireCheckpoint(_ checkpoint: String, _ pool: DiskPool) throws -> StorageVolume {
        if let volume = try pool.checkpoint(checkpoint, of: name) { return volume }
        throw MachineError.failed("\"\(name)\" has no checkpoint \"\(checkpoint)\"")
    }

    /// Puts the guest's clock right: it stood still while the machine did.
    func setClock() async throws {
        let domain = try await requireDomain()
        try await Self.waitForAgent(of: domain, timeout: .seconds(60))
        let now = Date().timeIntervalSince1970
        let set = try await AgentShell(domain: domain)
            .run("/bin/date", ["-u", "-s", "@\(String(format: "%.3f", now))"], input: "", timeout: .seconds(60))
        guard set.succeeded else { throw MachineError.failed("cannot set the clock of \"\(name)\": \(set.errorText)") }
    }

    private func tidyLayers(_ connection: Connection) throws {
        guard let pool = try DiskPool.find(connection) else { return }
        var needed = Set<String>()
        if let domain = try domain(connection) {
            for xml in [try domain.xml(), try domain.xml(inactive: true)] {
                if let path = Self.diskPath(inXML: xml) { needed.insert(path) }
            }
        } else if let newest = try pool.layers(of: name).last {
            needed.insert(try newest.path)
        }
        for checkpoint in try pool.checkpoints(of: name) {
            let xml = try connection.savedDomainXML(in: checkpoint.volume.path)
            if let path = Self.diskPath(inXML: xml) { needed.insert(path) }
        }
        try pool.removeLayers(of: name, except: needed)
    }

    // MARK: - Documents

    /// The file of the first disk in a domain's document.
    static func diskPath(inXML xml: String) -> String? { diskRange(inXML: xml).map { XMLText.unescape(String(xml[$0])) } }

    /// A domain's document with another file for its first disk, and without what libvirt noted of the layers below that.
    static func replacingDisk(inXML xml: String, by path: String) -> String {
        guard let range = diskRange(inXML: xml) else { return xml }
        var text = xml.replacingCharacters(in: range, with: XMLText.escape(path))
        if let disk = text.range(of: "</disk>"),
            let below = text.range(of: "<backingStore", range: text.startIndex..<disk.lowerBound),
            let end = text.range(of: "</backingStore>", options: .backwards, range: below.lowerBound..<disk.lowerBound)
        {
            text.removeSubrange(below.lowerBound..<end.upperBound)
        }
        return text
    }

    private static func diskRange(inXML xml: String) -> Range<String.Index>? {
        guard let disk = xml.range(of: "<disk "),
            let start = xml.range(of: "<source file='", range: disk.upperBound..<xml.endIndex),
            let end = xml.range(of: "'", range: start.upperBound..<xml.endIndex)
        else { return nil }
        return start.upperBound..<end.lowerBound
    }
}
