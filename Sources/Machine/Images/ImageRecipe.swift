import Crypto
import Foundation

/// What images are built from: a folder of `images/` with an executable called `build`.
public struct ImageRecipe: Sendable {
    /// The two things there are to build.
    public enum Kind: String, Sendable, CaseIterable {
        /// The guest operating system.
        case node
        /// The container images that the labs run, as a registry's storage.
        case containers
    }

    public let kind: Kind
    public let folder: URL

    public static func find(_ kind: Kind) -> ImageRecipe? {
        findFolder(kind.rawValue).map { ImageRecipe(kind: kind, folder: $0) }
    }

    /// Finds a recipe: in `SWARMLAB_IMAGES`, or `images/` (or `share/swarmlab/images/`) in a folder above this program.
    static func findFolder(_ name: String) -> URL? {
        let environment = ProcessInfo.processInfo.environment
        var candidates: [URL] = []
        if let set = environment["SWARMLAB_IMAGES"], !set.isEmpty { candidates.append(URL(fileURLWithPath: set)) }
        for start in [
            CommandLine.arguments.first.map { URL(fileURLWithPath: $0) },
            URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath(),
        ] {
            var folder = start?.deletingLastPathComponent().standardizedFileURL
            while let here = folder, here.path != "/" {
                candidates.append(here.appending(path: "images"))
                candidates.append(here.appending(path: "share/swarmlab/images"))
                folder = here.deletingLastPathComponent()
            }
        }
        return candidates.map { $0.appending(path: name) }
            .first { FileManager.default.isExecutableFile(atPath: $0.appending(path: "build").path) }
    }

    /// The first 12 hexadecimal digits of the SHA-256 of every file's path, mode and content.
    public func digest() throws -> String { try Self.digest(of: folder) }

    static func digest(of folder: URL) throws -> String {
        var hash = SHA256()
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        for file in files.sorted() {
            let path = folder.appending(path: file).path
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            guard attributes[.type] as? FileAttributeType != .typeDirectory else { continue }
            let executable = FileManager.default.isExecutableFile(atPath: path)
            hash.update(data: Data("\(file)\0\(executable ? "x" : "-")\0".utf8))
            hash.update(data: try Data(contentsOf: URL(fileURLWithPath: path)))
            hash.update(data: Data([0]))
        }
        return hash.finalize().prefix(6).hexadecimal
    }
}
