import Foundation
import Testing

@testable import Machine

@Suite struct ImageCacheTests {
    private let folder: TemporaryFolder
    private let cache: ImageCache
    private let images: URL

    init() throws {
        folder = try TemporaryFolder()
        let store = MachineStore(root: folder.url, cache: folder.url.appending(path: "cache"))
        cache = ImageCache(store: store)
        images = store.cache.appending(path: "images")
        try FileManager.default.createDirectory(at: images, withIntermediateDirectories: true)
    }

    private func makeImage(_ name: String, bytes: Int) throws {
        let image = images.appending(path: name)
        try FileManager.default.createDirectory(at: image.appending(path: "registry"), withIntermediateDirectories: true)
        try Data(repeating: 7, count: bytes / 2).write(to: image.appending(path: "disk.qcow2"))
        try Data(repeating: 7, count: bytes / 2).write(to: image.appending(path: "registry/blob"))
    }

    @Test func listsImagesAndNotWhatLiesBesideThem() throws {
        try makeImage("node-0123456789ab", bytes: 1000)
        try makeImage("containers-ba9876543210", bytes: 1000)
        try Data("the log of a build".utf8).write(to: images.appending(path: "node-build.log"))
        try Data().write(to: images.appending(path: ".node.lock"))
        try makeImage(".building-node", bytes: 1000)
        #expect(try Set(cache.entries().map(\.digest)) == ["0123456789ab", "ba9876543210"])
        #expect(throws: MachineError.self) { try cache.find("build") }
    }

    @Test func saysTheSizeThatItTakesOnDisk() throws {
        try makeImage("node-0123456789ab", bytes: 8 << 20)
        let size = try cache.find("0123456789ab").size
        // File systems add a little of their own, and a compressing one takes some away.
        #expect(size <= 9 << 20)
        #expect(try size == Self.diskUsage(of: images.appending(path: "node-0123456789ab")))
    }

    /// Bytes as du(1) counts them.
    private static func diskUsage(of url: URL) throws -> Int64 {
        let du = Process()
        let output = Pipe()
        du.executableURL = URL(fileURLWithPath: "/usr/bin/du")
        du.arguments = ["--summarize", "--block-size=1", url.path]
        du.standardOutput = output
        try du.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        du.waitUntilExit()
        return try #require(text.split(separator: "\t").first.flatMap { Int64($0) })
    }
}
