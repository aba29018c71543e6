import Foundation
import Libvirt

/// Templates in the pool. All calls block.
extension DiskPool {
    private static let prefix = "template-"
    static func templateDisk(_ digest: String) -> String { "\(prefix)\(digest).qcow2" }
    static func templateMemory(_ digest: String) -> String { "\(prefix)\(digest).ram" }
    static func templateState(_ digest: String) -> String { "\(prefix)\(digest).state" }
    private static func templateNote(_ digest: String) -> String { "\(prefix)\(digest).json" }

    /// The digest of the template that a disk, named without its extension, belongs to; nil where it is no template's.
    static func templateDigest(ofDisk name: String) -> String? {
        name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : nil
    }

    /// The template of that digest; nil where there is none, or not all of it, or something has written to it.
    func template(_ digest: String) throws -> Template? {
        guard let note = try pool.volume(named: Self.templateNote(digest)),
            let template = try? JSONDecoder().decode(Template.self, from: Data(note.contents())),
            let disk = try pool.volume(named: Self.templateDisk(digest)),
            try disk.modified == template.diskModified,
            try pool.volume(named: Self.templateState(digest))?.modified == template.stateModified
        else { return nil }
        guard template.sharesMemory else { return template }
        let memory = try pool.volume(named: Self.templateMemory(digest))
        return try memory?.modified == template.memoryModified ? template : nil
    }

    /// Where a template's disk is.
    func templatePath(_ template: Template) throws -> String {
        guard let volume = try pool.volume(named: Self.templateDisk(template.digest)) else {
            throw MachineError.failed(
                "template \(template.digest) has vanished from the storage pool \"\(Self.name)\": try again")
        }
        return try volume.path
    }

    /// All whole templates with their sizes and users, newest first.
    func templates() throws -> [Template] {
        let notes = try pool.volumes().map(\.name).filter { $0.hasPrefix(Self.prefix) && $0.hasSuffix(".json") }
        return try notes.compactMap { name in
            guard var template = try template(String(name.dropFirst(Self.prefix.count).dropLast(".json".count))) else {
                return nil
            }
            for file in [Self.templateDisk, Self.templateMemory, Self.templateState] {
                template.size += try pool.volume(named: file(template.digest))?.info.allocation ?? 0
            }
            template.users = try layers(upon: Self.templateDisk(template.digest))
            return template
        }.sorted { $0.created > $1.created }
    }

    /// Makes the empty volumes of a template.
    ///
    /// - Parameter owner: who QEMU runs as; the memory's file is theirs.
    /// - Returns: the paths of disk and memory.
    func createTemplateVolumes(
        _ digest: String, base: BaseImage, memoryMiB: Int, owner: (user: UInt32, group: UInt32)?
    ) throws -> (disk: String, memory: String) {
        try removeTemplateVolumes(digest)
        // Memory is written as it is used; the disk of a guest that has just booted is small.
        try checkRoom(UInt64(memoryMiB) << 20 + 1 << 28)
        let capacity = try capacity(of: base.disk)
        let disk = try pool.createVolume(
            xml: Self.xml(name: Self.templateDisk(digest), bytes: capacity, format: "qcow2", backing: base.disk, mode: "0644"))
        let memory = try pool.createVolume(
            xml: Self.xml(
                name: Self.templateMemory(digest), bytes: UInt64(memoryMiB) << 20, format: "raw", mode: "0600", owner: owner))
        return (try disk.path, try memory.path)
    }

    func removeTemplateMemory(_ digest: String) throws {
        try pool.volume(named: Self.templateMemory(digest))?.delete()
    }

    /// Puts the state and then the note there; from then on the template is whole.
    func completeTemplate(_ template: Template, state: URL) throws -> Template {
        var template = template
        let bytes = try Self.size(of: state)
        try checkRoom(bytes)
        let volume = try pool.createVolume(
            xml: Self.xml(name: Self.templateState(template.digest), bytes: bytes, format: "raw", mode: "0600"))
        try volume.upload(from: state.path)
        try Self.refresh(pool)
        template.diskModified = try pool.volume(named: Self.templateDisk(template.digest))?.modified ?? ""
        template.stateModified = try pool.volume(named: Self.templateState(template.digest))?.modified ?? ""
        template.memoryModified =
            template.sharesMemory ? try pool.volume(named: Self.templateMemory(template.digest))?.modified : nil
        let note = state.deletingLastPathComponent().appending(path: "note.json")
        try JSONEncoder().encode(template).writePrivately(to: note)
        let noteVolume = try pool.createVolume(
            xml: Self.xml(name: Self.templateNote(template.digest), bytes: try Self.size(of: note), format: "raw", mode: "0644"))
        try noteVolume.upload(from: note.path)
        return template
    }

    /// Removes a template, or what there is of one.
    ///
    /// - Throws: `MachineError.failed` where machines are layered upon it.
    func removeTemplate(_ digest: String) throws {
        let users = try layers(upon: Self.templateDisk(digest))
        guard users.isEmpty else {
            throw MachineError.failed(
                "template \(digest) is in use: \(users.joined(separator: ", ")) \(users.count == 1 ? "is" : "are") layered upon it"
            )
        }
        try removeTemplateVolumes(digest)
    }

    private func removeTemplateVolumes(_ digest: String) throws {
        // The note first: without it the rest is no template.
        for name in [Self.templateNote, Self.templateState, Self.templateMemory, Self.templateDisk] {
            try pool.volume(named: name(digest))?.delete()
        }
    }

    /// The names, without their extension, of the disks that are layered upon a volume.
    func layers(upon name: String) throws -> [String] {
        guard let path = try pool.volume(named: name)?.path else { return [] }
        return try pool.volumes().filter { $0.name.hasSuffix(".qcow2") && $0.name != name }
            .filter { try $0.xml().contains("<path>\(XMLText.escape(path))</path>") }
            .map { String($0.name.dropLast(".qcow2".count)) }.sorted()
    }
}

extension StorageVolume {
    /// When it was last written, as libvirt puts it (`1700000000.123456789`); empty where libvirt does not say.
    var modified: String {
        get throws { XMLText.text(at: "mtime", in: try xml()) ?? "" }
    }
}
