import Foundation
import Testing

@Suite("A test's time limit")
struct WithinTests {
    @Test("A body that hangs fails, one that ends does not")
    func limit() async throws {
        let release = DispatchSemaphore(value: 0)
        defer { release.signal() }
        await #expect(throws: TookTooLong.self) { try await within(.milliseconds(100)) { release.wait() } }
        #expect(try await within(.seconds(60)) { 1 } == 1)
    }

    @Test("What the body throws is thrown")
    func failure() async {
        await #expect(throws: CocoaError.self) { try await within(.seconds(60)) { throw CocoaError(.userCancelled) } }
    }

    @Test("A file without a name can be read by its path, and is in no folder")
    func anonymous() throws {
        let file = try AnonymousFile()
        try file.handle.write(contentsOf: Data("x".utf8))
        #expect(try Data(contentsOf: URL(fileURLWithPath: file.path)) == Data("x".utf8))
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: file.path)
        #expect(target.hasSuffix(" (deleted)"))
    }
}
