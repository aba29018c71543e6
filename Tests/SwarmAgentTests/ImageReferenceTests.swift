import Testing

@testable import SwarmAgent

@Suite("Names of images")
struct ImageReferenceTests {
    @Test(
        "a name is asked for with the tag or the digest that it has",
        arguments: [
            ("nginx", "nginx", "latest", false), ("nginx:1.26", "nginx", "1.26", false),
            ("host:5000/a/b", "host:5000/a/b", "latest", false), ("host:5000/a/b:2", "host:5000/a/b", "2", false),
            ("a/b@sha256:12", "a/b", "sha256:12", true), ("a/b:1@sha256:12", "a/b", "sha256:12", true),
        ])
    func parts(text: String, name: String, version: String, isExact: Bool) {
        let reference = ImageReference(text)
        #expect(reference.name == name)
        #expect(reference.version == version)
        #expect(reference.isExact == isExact)
        #expect(!reference.isID)
    }

    @Test("an image's ID is nothing that a registry has")
    func identifiers() {
        #expect(ImageReference("sha256:" + String(repeating: "a1", count: 32)).isID)
        #expect(!ImageReference("deadbeef").isID)
    }
}
