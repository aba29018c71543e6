import Foundation
import Libvirt

/// The disks with orchestrators, beside the guest images. All calls block.
extension DiskPool {
    private static let prefix = "base-swarmd-"
    private static func name(ofInjected digest: String) -> String { "\(prefix)\(digest).img" }
    private static func marker(ofInjected digest: String) -> String { "\(prefix)\(digest).complete" }

    /// The disk of that digest; nil where it is not there whole.
    func injectedDisk(_ digest: String) throws -> InjectedDisk? {
        guard try pool.volume(named: Self.marker(ofInjected: digest)) != nil,
            let volume = try pool.volume(named: Self.name(ofInjected: digest))
        else { return nil }
        return InjectedDisk(digest: digest, path: try volume.path)
    }

    /// Puts a disk into the pool.
    ///
    /// The last thing written is a marker, so an upload that was cut short is made again.
    func addInjectedDisk(_ digest: String, from file: URL) throws -> InjectedDisk {
        let (name, bytes) = (Self.name(ofInjected: digest), try Self.size(of: file))
        try checkRoom(bytes)
        try pool.volume(named: name)?.delete()
        let volume = try pool.createVolume(xml: Self.xml(name: name, bytes: bytes, format: "raw", mode: "0644"))
        do { try volume.upload(from: file.path) } catch {
            try? volume.delete()
            throw error
        }
        _ = try pool.createVolume(
            xml: Self.xml(name: Self.marker(ofInjected: digest), bytes: 1, format: "raw", mode: "0644"))
        return InjectedDisk(digest: digest, path: try volume.path)
    }

    /// The digests of all that are there whole.
    func injectedDigests() throws -> [String] {
        try pool.volumes().map(\.name).filter { $0.hasPrefix(Self.prefix) && $0.hasSuffix(".complete") }
            .map { String($0.dropFirst(Self.prefix.count).dropLast(".complete".count)) }
    }

    /// Bytes on disk, and when it was made where libvirt tells.
    func injectedSize(_ digest: String) throws -> (size: UInt64, created: Date?) {
        guard let volume = try pool.volume(named: Self.name(ofInjected: digest)) else { return (0, nil) }
        return (try volume.info.allocation, Double(try volume.modified).map { Date(timeIntervalSince1970: $0) })
    }

    /// Removes one; none is fine.
    func removeInjectedDisk(_ digest: String) throws {
        try pool.volume(named: Self.marker(ofInjected: digest))?.delete()
        try pool.volume(named: Self.name(ofInjected: digest))?.delete()
    }

    /// Where machines' memory is kept by checkpoints.
    func savedMemories() throws -> [StorageVolume] {
        try pool.volumes().filter { $0.name.contains("~") && $0.name.hasSuffix(".memory") }
    }
}
