import Foundation
import Processes
import Synchronization

extension ImageCache {
    /// Builds an image from its recipe unless it is there; two processes that need it build it once.
    ///
    /// - Parameter log: told each step the recipe announces.
    /// - Returns: the image's digest, and whether it had to be built.
    /// - Throws: `MachineError.failed` with the end of the recipe's log; nothing is left of a failed build but that log.
    @discardableResult
    public func build(_ kind: ImageRecipe.Kind, log: @escaping Log) async throws -> (digest: String, built: Bool) {
        guard let recipe = ImageRecipe.find(kind) else {
            throw MachineError.failed("cannot find images/\(kind.rawValue): set SWARMLAB_IMAGES to the folder with the recipes")
        }
        let digest = try recipe.digest()
        let target = url(kind, digest)
        if FileManager.default.fileExists(atPath: target.path) { return (digest, false) }
        let lock = try await FileLock.take(folder.appending(path: ".\(kind.rawValue).lock"))
        defer { withExtendedLifetime(lock) {} }
        if FileManager.default.fileExists(atPath: target.path) { return (digest, false) }

        let work = folder.appending(path: ".building-\(kind.rawValue)")
        // What a build that was killed left; we hold the lock, so nobody is at it.
        try? FileManager.default.removeItem(at: work)
        try MachineStore.makeFolder(work)
        let logFile = folder.appending(path: "\(kind.rawValue)-build.log")
        do {
            try await run(recipe, output: work, logFile: logFile, log: log)
            try FileManager.default.moveItem(at: work, to: target)
        } catch {
            try? FileManager.default.removeItem(at: work)
            throw error
        }
        return (digest, true)
    }

    private func run(_ recipe: ImageRecipe, output: URL, logFile: URL, log: @escaping Log) async throws {
        try Data().write(to: logFile)
        let handle = try FileHandle(forWritingTo: logFile)
        defer { try? handle.close() }
        let partial = Mutex("")
        let result = try await Command(recipe.folder.appending(path: "build").path, [output.path]).run { stream, data in
            try? handle.write(contentsOf: data)
            guard stream == .standardOutput else { return }
            let lines = partial.withLock { text in
                text += String(decoding: data, as: UTF8.self)
                var pieces = text.components(separatedBy: "\n")
                text = pieces.removeLast()
                return pieces
            }
            for line in lines where line.hasPrefix("==> ") { log(String(line.dropFirst(4))) }
        }
        guard result.succeeded else {
            let tail = result.errorText.split(separator: "\n").suffix(15).joined(separator: "\n")
            throw MachineError.failed(
                "building \(recipe.folder.path) failed with exit status \(result.status). Its log is \(logFile.path); the end:\n\(tail)"
            )
        }
    }
}
