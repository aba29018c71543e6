import Foundation
import Libvirt

/// The layers of a machine's disk, and its checkpoints. All calls block.
///
/// The first layer is `NAME.qcow2`. Every checkpoint freezes the current one and puts `NAME~NUMBER.qcow2` on top, and every way
/// back puts such a layer on a frozen one. A checkpoint is `NAME~CHECKPOINT.memory`: libvirt's saved memory, which holds the domain's
/// document and so the layer that belongs to it. No machine's name has a `~` in it.
extension DiskPool {
    private static let mark = "~"
    private static let suffix = ".memory"

    /// One machine's part of a checkpoint.
    struct Checkpoint {
        var name: String
        var volume: StorageVolume
    }

    /// The layers of a machine's disk, the newest last.
    func layers(of machine: String) throws -> [StorageVolume] {
        try pool.volumes().compactMap { volume in Self.number(ofLayer: volume.name, of: machine).map { ($0, volume) } }
            .sorted { $0.0 < $1.0 }.map(\.1)
    }

    func checkpoints(of machine: String) throws -> [Checkpoint] {
        try pool.volumes().compactMap { volume in
            guard volume.name.hasPrefix(machine + Self.mark), volume.name.hasSuffix(Self.suffix) else { return nil }
            let name = volume.name.dropFirst(machine.count + Self.mark.count).dropLast(Self.suffix.count)
            return Checkpoint(name: String(name), volume: volume)
        }
    }

    func checkpoint(_ name: String, of machine: String) throws -> StorageVolume? {
        try pool.volume(named: Self.checkpointName(name, of: machine))
    }

    static func checkpointName(_ name: String, of machine: String) -> String { machine + mark + name + suffix }

    /// The name that the next layer of a machine's disk is to have.
    func nextLayerName(of machine: String) throws -> String {
        let last = try layers(of: machine).last.flatMap { Self.number(ofLayer: $0.name, of: machine) } ?? 0
        return "\(machine)\(Self.mark)\(last + 1).qcow2"
    }

    /// Puts a new layer on a frozen one.
    ///
    /// - Returns: its path.
    func createLayer(of machine: String, upon below: String) throws -> String {
        try checkRoom(1 << 28)
        let xml = Self.xml(
            name: try nextLayerName(of: machine), bytes: try capacity(of: below), format: "qcow2", backing: below, mode: "0600")
        return try pool.createVolume(xml: xml).path
    }

    /// Removes the layers of a machine that nothing stands on any more.
    ///
    /// - Parameter needed: paths of the current layer and of those that belong to checkpoints.
    func removeLayers(of machine: String, except needed: Set<String>) throws {
        var left = try layers(of: machine)
        while true {
            let documents = try left.map { (volume: $0, path: try $0.path, xml: try $0.xml()) }
            let unused = documents.filter { layer in
                !needed.contains(layer.path)
                    && !documents.contains {
                        $0.path != layer.path && $0.xml.contains("<path>\(XMLText.escape(layer.path))</path>")
                    }
            }
            guard !unused.isEmpty else { return }
            for layer in unused { try layer.volume.delete() }
            left = documents.filter { layer in !unused.contains { $0.path == layer.path } }.map(\.volume)
        }
    }

    private static func number(ofLayer name: String, of machine: String) -> Int? {
        if name == diskName(machine) { return 0 }
        guard name.hasPrefix(machine + mark), name.hasSuffix(".qcow2") else { return nil }
        return Int(name.dropFirst(machine.count + mark.count).dropLast(".qcow2".count))
    }
}
