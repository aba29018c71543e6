import Foundation
import Libvirt

/// The libvirt storage pool that holds base images and the machines' disks.
///
/// Disks are libvirt's volumes, so that a person without root, or on another host, can make machines too, and
/// QEMU may always read them. All calls block.
struct DiskPool: Sendable {
    static let name = "swarmlab"

    let pool: StoragePool

    /// Where a guest image's three files are for QEMU.
    struct BaseImage: Sendable, Equatable {
        var disk: String
        var kernel: String
        var initrd: String
        /// The kernel's command line.
        var commandLine: String
    }

    /// Finds the pool, or makes it, and sees that it is up.
    ///
    /// - Parameter refreshed: look at its folder again, for what came and went without libvirt's volume calls; takes some
    ///   tens of milliseconds.
    static func ensure(_ connection: Connection, refreshed: Bool = false) throws -> DiskPool {
        if let existing = try connection.storagePool(named: name) {
            if try !existing.isActive {
                // Its folder may be gone: building makes it again and leaves one that is there alone.
                try existing.build()
                try existing.start()
            }
            if refreshed { try refresh(existing) }
            return DiskPool(pool: existing)
        }
        let xml = """
            <pool type='dir'>
              <name>\(name)</name>
              <target>
                <path>\(XMLText.escape(try folder(connection)))</path>
                <permissions><mode>0711</mode></permissions>
              </target>
            </pool>
            """
        let pool = try connection.defineStoragePool(xml: xml)
        do {
            try pool.build()
            try pool.start()
            try pool.setAutostart(true)
        } catch {
            try? pool.undefine()
            throw error
        }
        return DiskPool(pool: pool)
    }

    /// The pool as it is; nil where there is none or it is down.
    static func find(_ connection: Connection) throws -> DiskPool? {
        guard let pool = try connection.storagePool(named: name), try pool.isActive else { return nil }
        try refresh(pool)
        return DiskPool(pool: pool)
    }

    /// Puts a guest image into the pool if it is not there whole.
    ///
    /// The last thing written is a marker, so an upload that was cut short is seen and made again.
    /// - Parameter progress: told what is copied.
    func ensureBase(_ image: GuestImage, progress: (String) -> Void) throws -> BaseImage {
        let prefix = Self.basePrefix(image.digest)
        let names = [prefix + ".qcow2", prefix + ".kernel", prefix + ".initrd"]
        let marker = prefix + ".complete"
        if try pool.volume(named: marker) == nil {
            progress("Copying guest image \(image.digest) into libvirt's storage pool...")
            let files = [image.disk, image.kernel, image.initrd]
            let needed = try files.reduce(UInt64(0)) { try $0 + Self.size(of: $1) }
            try checkRoom(needed)
            for (name, file) in zip(names, files) {
                try pool.volume(named: name)?.delete()
                let format = name.hasSuffix(".qcow2") ? "qcow2" : "raw"
                let volume = try pool.createVolume(
                    xml: Self.xml(name: name, bytes: try Self.size(of: file), format: format, mode: "0644"))
                do { try volume.upload(from: file.path) } catch {
                    try? volume.delete()
                    throw error
                }
            }
            _ = try pool.createVolume(xml: Self.xml(name: marker, bytes: 1, format: "raw", mode: "0644"))
            try Self.refresh(pool)
        }
        let paths = try names.map { name in
            guard let volume = try pool.volume(named: name) else {
                throw MachineError.failed("\(name) has vanished from the storage pool \"\(Self.name)\": try again")
            }
            return try volume.path
        }
        return BaseImage(disk: paths[0], kernel: paths[1], initrd: paths[2], commandLine: image.commandLine)
    }

    /// Removes what `ensureBase` made.
    ///
    /// - Throws: `MachineError.failed` where a machine's disk is layered upon it.
    func removeBase(digest: String) throws {
        let prefix = Self.basePrefix(digest)
        for layer in try layers(upon: prefix + ".qcow2") {
            // A template that nobody uses goes with its image.
            guard let template = Self.templateDigest(ofDisk: layer), try layers(upon: layer + ".qcow2").isEmpty else {
                throw MachineError.failed("image \(digest) is in use: \(layer) is layered upon it")
            }
            try removeTemplate(template)
        }
        for suffix in [".complete", ".qcow2", ".kernel", ".initrd"] {
            try pool.volume(named: prefix + suffix)?.delete()
        }
    }

    /// Makes a machine's disk: a copy-on-write layer upon another disk, of the same size.
    ///
    /// - Parameter below: path of a base image or a template's disk.
    func createDisk(machine: String, upon below: String) throws -> String {
        let name = Self.diskName(machine)
        try pool.volume(named: name)?.delete()
        // A full disk under a running guest corrupts it; a little work must fit.
        try checkRoom(1 << 30)
        let volume = try pool.createVolume(
            xml: Self.xml(name: name, bytes: try capacity(of: below), format: "qcow2", backing: below, mode: "0600"))
        return try volume.path
    }

    /// Bytes, as a guest sees them, of a base image's disk.
    func capacity(ofBase digest: String) throws -> UInt64 {
        try pool.volume(named: Self.basePrefix(digest) + ".qcow2")?.info.capacity ?? 0
    }

    /// Bytes, as a guest sees them, of the disk at a path in the pool.
    func capacity(of path: String) throws -> UInt64 {
        try pool.volume(named: URL(filePath: path).lastPathComponent)?.info.capacity ?? 0
    }

    /// Removes a machine's disk with all its layers and checkpoints, and what its console showed; none is fine.
    func removeDisk(of machine: String) throws {
        for volume in try layers(of: machine) + checkpoints(of: machine).map(\.volume) { try volume.delete() }
        try removeConsole(of: machine)
    }

    func removeConsole(of domain: String) throws { try pool.volume(named: Self.consoleName(domain))?.delete() }

    /// Where libvirt keeps what a machine writes to its serial console: beside its disk, a folder that is there.
    func consoleLog(of machine: String) throws -> String? {
        try pool.targetPath.map { "\($0)/\(Self.consoleName(machine))" }
    }

    /// Looks at the pool's folder again, for files that libvirt did not make itself.
    ///
    /// libvirt refuses while a volume is being made in the pool, for another machine perhaps: that is waited for.
    static func refresh(_ pool: StoragePool) throws {
        for attempt in 1... {
            do throws(LibvirtError) { return try pool.refresh() } catch {
                guard error.message.contains("asynchronous jobs"), attempt < 600 else { throw error }
                usleep(50_000)
            }
        }
    }

    func checkRoom(_ bytes: UInt64) throws {
        let available = try pool.info.available
        guard available > bytes else {
            throw MachineError.failed(
                "no space for disks: \((try? pool.targetPath) ?? Self.name) has \(available >> 20) MiB left and "
                    + "\(bytes >> 20) MiB are needed. Free some, or remove machines with \"\(Program.name) rm\"")
        }
    }

    private static func basePrefix(_ digest: String) -> String { "base-\(digest)" }
    private static func consoleName(_ machine: String) -> String { "\(machine).console" }
    static func diskName(_ machine: String) -> String { "\(machine).qcow2" }

    private static func folder(_ connection: Connection) throws -> String {
        try connection.uri.hasSuffix("/session")
            ? NSHomeDirectory() + "/.local/share/libvirt/images/\(name)" : "/var/lib/libvirt/images/\(name)"
    }

    static func size(of file: URL) throws -> UInt64 {
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        return (attributes[.size] as? UInt64) ?? 0
    }

    static func xml(
        name: String, bytes: UInt64, format: String, backing: String? = nil, mode: String,
        owner: (user: UInt32, group: UInt32)? = nil
    ) -> String {
        let layer = backing.map {
            "<backingStore><path>\(XMLText.escape($0))</path><format type='qcow2'/></backingStore>"
        }
        let owner = owner.map { "<owner>\($0.user)</owner><group>\($0.group)</group>" }
        return """
            <volume>
              <name>\(XMLText.escape(name))</name>
              <capacity unit='B'>\(bytes)</capacity>
              <allocation>0</allocation>
              <target><format type='\(format)'/><permissions><mode>\(mode)</mode>\(owner ?? "")</permissions></target>
              \(layer ?? "")
            </volume>
            """
    }
}
