import Foundation
import GoFlags
import GoTemplate
import Machine

/// `image`: the guest's operating system, the templates made from it, the container images, and the disks with swarmd.
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
        let inventory = try await ImageInventory(session)
        if session.invocation.flags.bool("quiet") {
            for row in inventory.rows { Terminal.out(row.digest) }
        } else {
            Terminal.raw(ImageListing.table(inventory.rows))
        }
        if let problem = inventory.templateProblem { Terminal.error(problem) }
        return 0
    }

    static func inspect(_ session: Session) async throws -> Int32 {
        let inventory = try await ImageInventory(session)
        let rows = try session.names.isEmpty ? inventory.rows.filter { $0.isCurrent == true } : session.names.map(inventory.find)
        guard !rows.isEmpty else {
            throw MachineError.failed("no image is built: \"\(session.program) image build\" builds them")
        }
        let values = rows.map(\.value)
        try InspectCommand.show(values.count == 1 ? values[0] : .array(values), session)
        return 0
    }

    static func rm(_ session: Session) async throws -> Int32 {
        guard !session.names.isEmpty else {
            throw UsageError(
                output: session.invocation.help, message: "Error: Expected to get one or more image digests as arguments")
        }
        let inventory = try await ImageInventory(session)
        let rows = try session.names.map(inventory.find)
        let cache = ImageCache(store: session.machines.store)
        // A template stands on its image, so it goes first.
        for row in rows.filter(\.isTemplate) + rows.filter({ !$0.isTemplate }) {
            if row.isTemplate {
                try await session.machines.removeTemplate(row.digest, log: Terminal.out)
            } else if row.isSwarmd {
                try await session.machines.removeOrchestratorDisk(row.digest)
            } else {
                try await cache.remove(cache.find("\(row.kind)-\(row.digest)"), libvirtURI: session.machines.libvirtURI)
            }
            Terminal.out("Successfully removed \(row.digest)")
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
