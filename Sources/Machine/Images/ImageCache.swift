import Foundation
import Glibc
import Processes

/// The images that have been built, each under the digest of its recipe: `cache/images/KIND-DIGEST/`.
public struct ImageCache: Sendable {
    let store: MachineStore

    public init(store: MachineStore) { self.store = store }

    var folder: URL { store.cache.appending(path: "images") }

    /// One built image.
    public struct Entry: Sendable, Equatable {
        public var kind: ImageRecipe.Kind
        public var digest: String
        public var folder: URL
        public var created: Date
        /// Bytes on disk.
        public var size: Int64
        /// Whether it is what the recipe at hand would build.
        public var isCurrent: Bool

        /// What is in it, a line each: packages with their versions, or container images with size and digest.
        public var contents: [String] {
            let file = folder.appending(path: kind == .node ? "packages.txt" : "images.txt")
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map(String.init)
        }
    }

    /// All built images, newest first.
    public func entries() throws -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let current = try ImageRecipe.Kind.allCases.reduce(into: [ImageRecipe.Kind: String]()) {
            $0[$1] = try ImageRecipe.find($1)?.digest()
        }
        return names.compactMap { name -> Entry? in
            let parts = name.split(separator: "-", maxSplits: 1).map(String.init)
            guard parts.count == 2, let kind = ImageRecipe.Kind(rawValue: parts[0]) else { return nil }
            let url = folder.appending(path: name)
            // Logs of builds lie beside the images: `node-build.log`.
            let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
            guard attributes?[.type] as? FileAttributeType == .typeDirectory else { return nil }
            let created = attributes?[.modificationDate] as? Date
            return Entry(
                kind: kind, digest: parts[1], folder: url, created: created ?? .distantPast,
                size: Self.bytesOnDisk(url), isCurrent: current[kind] == parts[1])
        }.sorted { ($0.created, $0.digest) > ($1.created, $1.digest) }
    }

    /// The image that new machines get: what the recipe at hand builds; without a recipe, the newest.
    ///
    /// - Returns: nil where it has not been built.
    func current(_ kind: ImageRecipe.Kind) throws -> (digest: String, folder: URL)? {
        if let recipe = ImageRecipe.find(kind) {
            let digest = try recipe.digest()
            let folder = url(kind, digest)
            return FileManager.default.fileExists(atPath: folder.path) ? (digest, folder) : nil
        }
        return try entries().first { $0.kind == kind }.map { ($0.digest, $0.folder) }
    }

    /// The guest image that new machines get.
    ///
    /// - Throws: `MachineError.failed` that says how to build one.
    func currentGuestImage() throws -> GuestImage {
        guard let found = try current(.node) else {
            throw MachineError.failed(
                "there is no guest image yet: \"\(Program.name) image build\" builds it (about a minute, once)")
        }
        return try GuestImage(digest: found.digest, folder: found.folder)
    }

    /// The guest image of that digest, or a beginning of it.
    func image(digest: String) throws -> GuestImage {
        let entry = try find(digest)
        guard entry.kind == .node else { throw MachineError.failed("\(digest) is no guest image") }
        return try GuestImage(digest: entry.digest, folder: entry.folder)
    }

    /// The one image whose digest begins so.
    public func find(_ prefix: String) throws -> Entry {
        let wanted = prefix.split(separator: "-").last.map(String.init) ?? prefix
        let found = try entries().filter { !wanted.isEmpty && $0.digest.hasPrefix(wanted) }
        guard let entry = found.first else {
            throw MachineError.failed("there is no image \"\(prefix)\": \"\(Program.name) image ls\" lists them")
        }
        guard found.count == 1 else { throw MachineError.failed("\"\(prefix)\" fits several images: write more of it") }
        return entry
    }

    /// Removes an image here and in libvirt's pool.
    ///
    /// - Throws: `MachineError.failed` where machines are layered upon it.
    public func remove(_ entry: Entry, libvirtURI: String?) async throws {
        if entry.kind == .node {
            let host = LibvirtHost(uri: libvirtURI)
            do {
                try await host.perform { try DiskPool.find($0)?.removeBase(digest: entry.digest) }
            } catch MachineError.failed(let reason) where reason.hasPrefix("cannot connect to libvirt") {
                // Without libvirt there is nothing of it in a pool that could be reached.
            }
        }
        try FileManager.default.removeItem(at: entry.folder)
    }

    func url(_ kind: ImageRecipe.Kind, _ digest: String) -> URL { folder.appending(path: "\(kind.rawValue)-\(digest)") }

    /// What a folder and all that is in it take on disk, as du(1) counts it.
    ///
    /// Foundation's own figure multiplies the number of blocks, which are always of 512 bytes (stat(2)), by the file system's
    /// block size.
    static func bytesOnDisk(_ url: URL) -> Int64 {
        let inside = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? []
        return ([url] + inside.map { url.appending(path: $0) }).reduce(0) { sum, file in
            var status = stat()
            return lstat(file.path, &status) == 0 ? sum + Int64(status.st_blocks) * 512 : sum
        }
    }
}
