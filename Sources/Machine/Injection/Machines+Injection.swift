import Foundation
import Libvirt

/// A disk that puts an orchestrator into machines, and who needs it.
public struct OrchestratorDisk: Sendable, Equatable {
    public var digest: String
    /// Bytes on disk.
    public var size: UInt64
    public var created: Date?
    /// The machines that have it, and the checkpoints (`MACHINE~CHECKPOINT`) of machines that had it.
    public var users: [String]
}

extension Machines {
    /// The disks with orchestrators in libvirt's pool, newest first.
    public func orchestratorDisks() async throws -> [OrchestratorDisk] {
        try await host.perform { try Self.orchestratorDisks($0) }
    }

    /// Removes one.
    ///
    /// - Parameter digest: all of it.
    /// - Throws: `MachineError.failed` where a machine, or a checkpoint of one, needs it.
    public func removeOrchestratorDisk(_ digest: String) async throws {
        let lock = try await FileLock.take(libvirtDriver.imageLock)
        defer { withExtendedLifetime(lock) {} }
        try await host.perform { connection in
            let users = try Self.orchestratorDisks(connection).first { $0.digest == digest }?.users ?? []
            guard users.isEmpty else {
                throw MachineError.failed("swarmd \(digest) is in use: \(users.joined(separator: ", "))")
            }
            try DiskPool.find(connection)?.removeInjectedDisk(digest)
        }
    }

    private static func orchestratorDisks(_ connection: Connection) throws -> [OrchestratorDisk] {
        guard let pool = try DiskPool.find(connection) else { return [] }
        let digests = try pool.injectedDigests()
        guard !digests.isEmpty else { return [] }
        var documents: [(user: String, xml: String)] = []
        for domain in try connection.domains() {
            // What runs, and what the next start will use.
            for inactive in [false, true] {
                // It may end while it is looked at.
                if let xml = try? domain.xml(inactive: inactive) { documents.append((domain.name, xml)) }
            }
        }
        for volume in try pool.savedMemories() {
            guard let xml = try? connection.savedDomainXML(in: try volume.path) else { continue }
            documents.append((String(volume.name.dropLast(".memory".count)), xml))
        }
        return try digests.map { digest in
            let serial = Injection.serial(digest)
            let users = documents.filter { InjectedDisk.attached(inXML: $0.xml).contains { $0.serial == serial } }.map(\.user)
            let (size, created) = try pool.injectedSize(digest)
            return OrchestratorDisk(digest: digest, size: size, created: created, users: Set(users).sorted())
        }.sorted { ($0.created ?? .distantPast, $0.digest) > ($1.created ?? .distantPast, $1.digest) }
    }
}
