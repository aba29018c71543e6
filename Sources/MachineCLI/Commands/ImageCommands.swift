import Foundation
import GoFlags
import GoTemplate
import Machine

/// `image`: the guest's operating system and the container images.
enum ImageCommands {
    static func build(_ session: Session) async throws -> Int32 {
        let kinds = try session.names.isEmpty ? ImageRecipe.Kind.allCases : session.names.map(kind)
        let cache = ImageCache(store: session.machines.store)
        for kind in kinds {
            let clock = ContinuousClock()
            let start = clock.now
            let built = try await Progress.show { log in try await cache.build(kind) { log("(\(kind)) \($0)...") } }
            let seconds = (clock.now - start).components.seconds
            Terminal.out(
                built.built
                    ? "Built \(kind) image \(built.digest) in \(seconds) s."
                    : "The \(kind) image \(built.digest) is up to date.")
        }
        return 0
    }

    static func ls(_ session: Session) async throws -> Int32 {
        let entries = try ImageCache(store: session.machines.store).entries()
        if session.invocation.flags.bool("quiet") {
            for entry in entries { Terminal.out(entry.digest) }
            return 0
        }
        let formatter = ISO8601DateFormatter()
        var rows = ["KIND\tDIGEST\tCURRENT\tSIZE\tCREATED"]
        rows += entries.map {
            "\($0.kind)\t\($0.digest)\t\($0.isCurrent ? "*" : "-")\t\($0.size / 1_000_000)MB\t\(formatter.string(from: $0.created))"
        }
        Terminal.raw(TabWriter.listing.format(rows.joined(separator: "\n") + "\n"))
        return 0
    }

    static func inspect(_ session: Session) async throws -> Int32 {
        let cache = ImageCache(store: session.machines.store)
        let entries = try session.names.isEmpty ? cache.entries().filter(\.isCurrent) : session.names.map(cache.find)
        guard !entries.isEmpty else {
            throw MachineError.failed("no image is built: \"\(session.program) image build\" builds them")
        }
        let values = entries.map { entry -> Value in
            [
                "Kind": .string(entry.kind.rawValue), "Digest": .string(entry.digest), "Path": .string(entry.folder.path),
                "Created": .string(ISO8601DateFormatter().string(from: entry.created)), "Size": .int(Int(entry.size)),
                "Current": .bool(entry.isCurrent), "Contents": .strings(entry.contents),
            ]
        }
        try InspectCommand.show(values.count == 1 ? values[0] : .array(values), session)
        return 0
    }

    static func rm(_ session: Session) async throws -> Int32 {
        guard !session.names.isEmpty else {
            throw UsageError(
                output: session.invocation.help, message: "Error: Expected to get one or more image digests as arguments")
        }
        let cache = ImageCache(store: session.machines.store)
        for entry in try session.names.map(cache.find) {
            try await cache.remove(entry, libvirtURI: session.machines.libvirtURI)
            Terminal.out("Successfully removed \(entry.digest)")
        }
        return 0
    }

    private static func kind(_ word: String) throws -> ImageRecipe.Kind {
        guard let kind = ImageRecipe.Kind(rawValue: word) else {
            let known = ImageRecipe.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError(message: "Error: There is no recipe \"\(word)\". There are: \(known)")
        }
        return kind
    }
}
