import Foundation
import Libvirt
import Testing

@testable import Machine

/// The storage pool on a real libvirt, in a bed (scripts/testbed).
@Suite(.enabled(if: BedStore.isInBed), .serialized)
struct BedDiskPoolTests {
    @Test func disksAreMadeAndRemovedAtTheSameTime() async throws {
        let folder = try TemporaryFolder()
        let image = try ImageCache(store: MachineStore(root: folder.url)).currentGuestImage()
        let host = LibvirtHost(uri: nil)
        let base = try await host.perform { try DiskPool.ensure($0).ensureBase(image) { _ in } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for _ in 0..<10 {
                        try await host.perform { connection in
                            let disk = try DiskPool.ensure(connection).createDisk(
                                machine: "m\(number)", upon: base.disk)
                            #expect(disk.hasSuffix("/m\(number).qcow2"))
                        }
                        try await host.perform { try DiskPool.find($0)?.removeDisk(of: "m\(number)") }
                    }
                }
            }
            try await group.waitForAll()
        }
        let left = try await host.perform { try DiskPool.find($0)?.pool.volumes().map(\.name) ?? [] }
        #expect(left.allSatisfy { $0.hasPrefix("base-") || $0.hasPrefix("template-") })
    }
}
