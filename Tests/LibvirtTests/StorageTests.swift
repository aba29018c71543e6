import Libvirt
import Testing

@Suite("Storage")
struct StorageTests {
    @Test("A pool is found by name; an unknown one is nil, not an error")
    func lookup() throws {
        let connection = try TestDriver.connect()
        let pool = try #require(try connection.storagePool(named: "made-up-pool"))
        #expect(try pool.targetPath == "/made-up/pool & more")
        #expect(try connection.storagePool(named: "nowhere") == nil)
        #expect(try connection.storagePools().map(\.name) == ["made-up-pool"])
    }

    @Test("Volumes are made, found, listed and deleted; what a volume takes is missing from the pool")
    func volumes() throws {
        let connection = try TestDriver.connect()
        let pool = try #require(try connection.storagePool(named: "made-up-pool"))
        let before = try pool.info
        #expect(before.capacity == before.allocation + before.available)
        let volume = try pool.createVolume(
            xml: "<volume><name>disk.img</name><capacity>1048576</capacity><allocation>4096</allocation></volume>")
        #expect(try volume.info == StorageVolumeInfo(capacity: 1_048_576, allocation: 4096))
        #expect(try volume.path == "/made-up/pool & more/disk.img")
        #expect(try pool.info.available == before.available - 4096)
        #expect(try pool.volumes().map(\.name) == ["disk.img"])
        #expect(try pool.volume(named: "disk.img")?.key == volume.key)
        try volume.delete()
        #expect(try pool.volume(named: "disk.img") == nil)
    }

    // (The test driver has another code for it than the real one: see the bed's tests.)
    @Test("A second volume of the same name is refused, and the error says which")
    func taken() throws {
        let pool = try #require(try TestDriver.connect().storagePool(named: "made-up-pool"))
        let xml = "<volume><name>disk.img</name><capacity>1024</capacity></volume>"
        _ = try pool.createVolume(xml: xml)
        let error = libvirtError { _ = try pool.createVolume(xml: xml) }
        #expect(error?.operation == "create volume disk.img in storage pool made-up-pool")
    }

    @Test("Defined, built, started, stopped, removed: the state follows")
    func lifecycle() throws {
        let connection = try TestDriver.connect()
        let pool = try connection.defineStoragePool(
            xml: "<pool type='dir'><name>p</name><target><path>/made-up/p</path></target></pool>")
        try pool.build()
        try pool.start()
        try pool.refresh()
        #expect(try pool.isActive)
        try pool.destroy()
        #expect(try !pool.isActive)
        try pool.undefine()
        #expect(try connection.storagePool(named: "p") == nil)
    }
}
