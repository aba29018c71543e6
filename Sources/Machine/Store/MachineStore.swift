import Foundation

/// The folder in which everything about a person's machines is kept (`~/.docker/machine`), laid out as
/// docker-machine's so that scripts which read it go on working:
///
///     certs/            the authority and the client's pair
///     cache/            images
///     machines/NAME/    config.json, copies of the client's pair, the server's pair, SSH key
///
/// A machine exists when its folder does; folders whose name begins with a dot are not machines.
public struct MachineStore: Sendable {
    public let root: URL
    /// Where images are kept; may be shared by several stores.
    public let cache: URL

    /// - Parameters:
    ///   - root: made on first use, mode 0700.
    ///   - cache: nil takes `MACHINE_CACHE_PATH`, else `cache/` in the store.
    public init(root: URL, cache: URL? = nil) {
        self.root = root.standardizedFileURL
        let set = ProcessInfo.processInfo.environment["MACHINE_CACHE_PATH"].flatMap {
            $0.isEmpty ? nil : URL(fileURLWithPath: $0)
        }
        self.cache = cache ?? set ?? self.root.appending(path: "cache")
    }

    public var certificates: URL { root.appending(path: "certs") }
    public var machines: URL { root.appending(path: "machines") }

    public func folder(of name: String) -> URL { machines.appending(path: name) }

    /// Where a machine is put together before it exists, and where a removed one goes first.
    func stagingFolder(of name: String) -> URL { machines.appending(path: ".\(name).creating") }

    /// Held while a machine's staging folder is made and locked, and while those whose makers have died are looked for.
    var claimLock: URL { root.appending(path: ".claim.lock") }

    /// Makes a folder and its parents, readable by their owner only.
    static func makeFolder(_ url: URL) throws {
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// The names of all machines, in no particular order.
    public func names() -> [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: machines.path)) ?? []
        return entries.filter { name in
            var isFolder: ObjCBool = false
            return !name.hasPrefix(".")
                && FileManager.default.fileExists(atPath: folder(of: name).path, isDirectory: &isFolder)
                && isFolder.boolValue
        }
    }

    public func exists(_ name: String) -> Bool {
        MachineName.isValid(name) && FileManager.default.fileExists(atPath: folder(of: name).path)
    }

    /// Reads one machine's configuration.
    ///
    /// - Throws: `MachineError.doesNotExist`, `MachineError.unreadable`.
    public func load(_ name: String) throws -> HostConfiguration {
        guard exists(name) else { throw MachineError.doesNotExist(name) }
        return try HostConfiguration(contentsOf: folder(of: name).appending(path: "config.json"))
    }

    /// Writes one machine's configuration: whole or not at all.
    public func save(_ configuration: HostConfiguration) throws {
        try configuration.write(to: folder(of: configuration.name).appending(path: "config.json"))
    }

    /// Removes a machine's folder; none is fine.
    func removeFolder(of name: String) throws {
        let folder = folder(of: name)
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        try FileManager.default.removeItem(at: folder)
    }
}

extension Data {
    /// Writes a file that only its owner may read: whole or not at all.
    func writePrivately(to url: URL) throws {
        let temporary = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(UUID().uuidString)")
        guard
            FileManager.default.createFile(
                atPath: temporary.path, contents: nil, attributes: [.posixPermissions: 0o600])
        else { throw MachineError.failed("cannot write \(url.path): \(String(cString: strerror(errno)))") }
        do {
            let handle = try FileHandle(forWritingTo: temporary)
            try handle.write(contentsOf: self)
            try handle.synchronize()
            try handle.close()
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw MachineError.failed("cannot write \(url.path): \(error.localizedDescription)")
        }
        guard rename(temporary.path, url.path) == 0 else {
            let reason = String(cString: strerror(errno))
            try? FileManager.default.removeItem(at: temporary)
            throw MachineError.failed("cannot write \(url.path): \(reason)")
        }
    }
}
