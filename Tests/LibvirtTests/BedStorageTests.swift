import Foundation
import Libvirt
import Testing

@Suite("Bed: storage in a directory", .enabled(if: Bed.isHere))
struct BedStorageTests {
    @Test("An upload is the file, byte for byte, holes are holes, and progress ends at its size")
    func upload() async throws {
        let size = 48 << 20
        let source = try AnonymousFile()
        // Data, a hole of 40 MiB, data, a hole to the end.
        let file = source.handle
        try file.write(contentsOf: Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }))
        try file.seek(toOffset: 41 << 20)
        try file.write(contentsOf: Data(repeating: 7, count: 300_000))
        try file.truncate(atOffset: UInt64(size))

        let (steps, isSame, info) = try await within(.seconds(120)) {
            try Bed.withPool { pool in
                let volume = try pool.createVolume(
                    xml: """
                        <volume><name>disk</name><capacity>\(size)</capacity><allocation>0</allocation>
                        <target><format type='raw'/></target></volume>
                        """)
                var steps: [Int64] = []
                try volume.upload(from: source.path) { steps.append($0) }
                let written = try Data(contentsOf: URL(fileURLWithPath: try volume.path), options: .alwaysMapped)
                try file.seek(toOffset: 0)
                return (steps, try file.readToEnd() == written, try volume.info)
            }
        }
        #expect(steps.last == Int64(size))
        #expect(steps == steps.sorted() && steps.count > 3)
        #expect(isSame)
        #expect(info.capacity == UInt64(size))
        #expect(info.allocation < 4 << 20)
    }

    @Test("A file that is not there is named in the error, and the volume can still be deleted")
    func noFile() throws {
        try Bed.withPool { pool in
            let volume = try pool.createVolume(xml: "<volume><name>disk</name><capacity>4096</capacity></volume>")
            let error = libvirtError { try volume.upload(from: "/nonexistent/file") }
            #expect(error?.code == .systemError)
            #expect(error?.description == "cannot upload /nonexistent/file to volume disk: No such file or directory")
            try volume.delete()
        }
    }

    @Test("A qcow2 layer over another volume knows its size, grows, and goes; a name is given once")
    func layer() throws {
        try Bed.withPool { pool in
            let base = try pool.createVolume(
                xml: "<volume><name>base</name><capacity>8388608</capacity><target><format type='qcow2'/></target></volume>")
            let xml = """
                <volume><name>layer</name><capacity>8388608</capacity><target><format type='qcow2'/></target>\
                <backingStore><path>\(XMLText.escape(try base.path))</path><format type='qcow2'/></backingStore></volume>
                """
            let layer = try pool.createVolume(xml: xml)
            #expect(try layer.xml().contains("<path>\(base.path)</path>"))
            #expect(libvirtError { _ = try pool.createVolume(xml: xml) }?.code == .storageVolumeExists)
            try layer.resize(16_777_216)
            #expect(try layer.info.capacity == 16_777_216)
            try layer.delete()
            #expect(try pool.volume(named: "layer") == nil)
            #expect(try pool.volumes().map(\.name) == ["base"])
            try base.delete()
        }
    }

    @Test("A file put beside the volumes is one after a refresh; more than the disk holds cannot be asked for")
    func refresh() throws {
        try Bed.withPool { pool in
            let directory = try #require(try pool.targetPath)
            try Data(count: 512).write(to: URL(fileURLWithPath: "\(directory)/found"))
            #expect(try pool.volume(named: "found") == nil)
            try pool.refresh()
            let volume = try #require(try pool.volume(named: "found"))
            try volume.delete()
            let info = try pool.info
            #expect(info.capacity == info.allocation + info.available)
            let all = info.capacity * 2
            #expect(throws: LibvirtError.self) {
                _ = try pool.createVolume(
                    xml: "<volume><name>huge</name><capacity>\(all)</capacity><allocation>\(all)</allocation></volume>")
            }
            #expect(try pool.volume(named: "huge") == nil)
        }
    }
}
