import Foundation
import GoTemplate
import Machine
import Testing

@testable import MachineCLI

@Suite struct ImageListingTests {
    private static let day = Date(timeIntervalSince1970: 1_700_000_000)

    private let images = [
        ImageListing(
            kind: "node", digest: "aa11bb22cc33", size: 412_345_678, users: ["n10", "n2"], created: day, isCurrent: true,
            path: "/cache/node-aa11bb22cc33", contents: ["docker.io 26.1.5", "runc 1.1"]),
        ImageListing(
            kind: "containers", digest: "0f0f0f0f0f0f", size: 98_000_000, created: day, isCurrent: false,
            path: "/cache/containers-0f0f0f0f0f0f"),
    ]

    private let templates = [
        ImageListing(
            kind: "template", digest: "dd44ee55ff66", size: 1_300_000_000, created: day, image: "aa11bb22cc33", memoryMiB: 2048,
            cpus: 2,
            sharesMemory: false),
        ImageListing(
            kind: "template", digest: "dd99", size: 600_000_000, created: day, image: "goneimage", memoryMiB: 1024, cpus: 1,
            sharesMemory: true),
        ImageListing(
            kind: "template", digest: "ee55", size: 700_000_000, users: ["n2"], created: day, image: "aa11bb22cc33",
            memoryMiB: 1024, cpus: 1,
            sharesMemory: true),
    ]

    private var inventory: ImageInventory { ImageInventory(rows: ImageInventory.ordered(images, templates)) }

    @Test func `templates stand behind the image they were made from, the small ones first`() throws {
        #expect(inventory.rows.map(\.digest) == ["aa11bb22cc33", "ee55", "dd44ee55ff66", "0f0f0f0f0f0f", "dd99"])
        try expectGolden(ImageListing.table(inventory.rows), "image-ls")
    }

    @Test func `no images leave the headers`() {
        #expect(
            ImageListing.table([]) == "KIND   DIGEST   CURRENT   SIZE   CREATED   IMAGE   MEMORY   CPUS   USED BY\n")
    }

    @Test(arguments: [
        ("aa", "aa11bb22cc33"), ("node-aa11", "aa11bb22cc33"), ("ee55", "ee55"), ("template-ee", "ee55"),
        ("dd99", "dd99"), ("containers-0", "0f0f0f0f0f0f"),
    ])
    func `a beginning of a digest is enough, with its kind or without`(word: String, digest: String) throws {
        #expect(try inventory.find(word).digest == digest)
    }

    @Test(arguments: [
        ("dd", #""dd" fits several images: write more of it"#),
        ("template-aa", #"there is no image "template-aa": "\#(Program.name) image ls" lists them"#),
        ("", #"there is no image "": "\#(Program.name) image ls" lists them"#),
        ("node-", #"there is no image "node-": "\#(Program.name) image ls" lists them"#),
        ("template", #"there is no image "template": "\#(Program.name) image ls" lists them"#),
    ])
    func `what fits none or several is refused`(word: String, text: String) {
        #expect(throws: MachineError.failed(text)) { try inventory.find(word) }
    }

    @Test func `a word that may be a template's says why templates are not known`() throws {
        let inventory = ImageInventory(rows: images, templateProblem: "Templates cannot be listed: no libvirt")
        #expect(try inventory.find("aa").kind == "node")
        #expect {
            try inventory.find("ee55")
        } throws: {
            "\($0)".hasSuffix("lists them\nTemplates cannot be listed: no libvirt")
        }
    }

    @Test func `inspect tells all of a template, and of an image what it told before`() throws {
        #expect(
            try InspectOutput.formatted(
                templates[2].value, template: "{{.Kind}} {{.Image}} {{.Memory}} {{.CPUs}} {{.SharesMemory}} {{.Size}} {{.UsedBy}}"
            )
                == "template aa11bb22cc33 1024 1 true 700000000 [n2]\n")
        #expect(
            try InspectOutput.formatted(
                images[0].value, template: "{{.Digest}} {{.Path}} {{.Created}} {{.Current}} {{len .Contents}} {{.UsedBy}}")
                == "aa11bb22cc33 /cache/node-aa11bb22cc33 2023-11-14T22:13:20Z true 2 [n2 n10]\n")
        #expect(try InspectOutput.formatted(templates[0].value, template: "{{.Contents}}") == "<no value>\n")
    }
}
