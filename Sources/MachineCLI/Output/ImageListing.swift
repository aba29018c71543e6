import Foundation
import GoFlags
import GoTemplate
import Machine

/// One built image, or a template made from one, as `image ls` and `image inspect` show it.
struct ImageListing: Sendable, Equatable {
    /// `node`, `containers`, `template` or `swarmd`.
    var kind: String
    var digest: String
    /// Bytes on disk.
    var size: Int64
    /// The machines that are made from it and cannot be without it.
    var users: [String] = []

    /// When it was built.
    var created: Date?

    /// The rest of an image: whether it is what the recipe at hand would build, where it is, and what is in it.
    var isCurrent: Bool?
    var path: String?
    var contents: [String] = []

    /// The rest of a template: the guest image it was made from, the size of its machines, and whether they share its memory.
    var image: String?
    var memoryMiB: Int?
    var cpus: Int?
    var sharesMemory: Bool?
    /// The digest of the swarmd that runs in it.
    var injected: String?

    static let templateKind = "template"
    /// The disk that puts swarmd into machines.
    static let swarmdKind = Orchestrator.swarmd.rawValue

    var isTemplate: Bool { kind == Self.templateKind }
    var isSwarmd: Bool { kind == Self.swarmdKind }

    /// Whether a word names this one: its digest or a beginning of it, its kind before it or not.
    func answers(to word: String) -> Bool {
        let digest = word.hasPrefix("\(kind)-") ? String(word.dropFirst(kind.count + 1)) : word
        return !digest.isEmpty && self.digest.hasPrefix(digest)
    }

    /// The text of `image ls`, columns aligned.
    static func table(_ rows: [ImageListing]) -> String {
        let lines = rows.map(\.line)
        return TabWriter.listing.format(
            (["KIND\tDIGEST\tCURRENT\tSIZE\tCREATED\tIMAGE\tMEMORY\tCPUS\tUSED BY"] + lines).joined(separator: "\n") + "\n")
    }

    private var line: String {
        [
            kind, digest, isCurrent.map { $0 ? "*" : "-" } ?? "", "\(size / 1_000_000)MB", createdText ?? "", image ?? "",
            memoryMiB.map { "\($0)MiB" } ?? "", cpus.map(String.init) ?? "",
            users.sorted(by: NaturalOrder.precedes).joined(separator: ", "),
        ].joined(separator: "\t")
    }

    private var createdText: String? { created.map { ISO8601DateFormatter().string(from: $0) } }

    /// What `image inspect` prints of it.
    var value: Value {
        var members = Members([
            ("Kind", .string(kind)), ("Digest", .string(digest)), ("Size", .int(Int(size))),
            ("UsedBy", .strings(users.sorted(by: NaturalOrder.precedes))),
        ])
        if let path { members["Path"] = .string(path) }
        if let createdText { members["Created"] = .string(createdText) }
        if let isCurrent { members["Current"] = .bool(isCurrent) }
        if let image { members["Image"] = .string(image) }
        if let memoryMiB { members["Memory"] = .int(memoryMiB) }
        if let cpus { members["CPUs"] = .int(cpus) }
        if let sharesMemory { members["SharesMemory"] = .bool(sharesMemory) }
        if let injected { members["Injected"] = .string(injected) }
        if !isTemplate, !isSwarmd { members["Contents"] = .strings(contents) }
        return .object(members)
    }
}
