import Foundation
import Processes

/// The registry that serves container images to the machines: Debian's docker-registry on the host, listening on
/// the lab network only, port 5000. The engines have it as mirror, so public names work without the internet.
public struct ImageRegistry: Sendable {
    static let port = 5000

    let store: MachineStore
    /// The host's address on the lab network.
    let address: String

    public init(store: MachineStore, address: String) {
        self.store = store
        self.address = address
    }

    private var folder: URL { store.root.appending(path: "registry").appending(path: address) }
    private var configurationFile: URL { folder.appending(path: "config.yml") }
    private var pidFile: URL { folder.appending(path: "registry.pid") }
    public var logFile: URL { folder.appending(path: "registry.log") }
    /// Where engines find it.
    public var url: String { "http://\(address):\(Self.port)" }

    /// Variable that names an upstream (`https://registry-1.docker.io`): the registry then is a pull-through cache of it.
    public static let upstreamVariable = "SWARMLAB_REGISTRY_UPSTREAM"

    /// Sees that the registry serves the newest container images.
    ///
    /// - Returns: false where there is nothing to serve: no container images are built and no upstream is set.
    /// - Throws: `MachineError.failed` with the end of its log.
    @discardableResult
    func ensureRunning() async throws -> Bool {
        guard let configuration = try configuration() else { return false }
        let lock = try await FileLock.take(folder.appending(path: "lock"))
        defer { withExtendedLifetime(lock) {} }
        let unchanged = (try? String(contentsOf: configurationFile, encoding: .utf8)) == configuration
        if unchanged, processID != nil, await answers() { return true }
        await endProcess()
        try Data(configuration.utf8).writePrivately(to: configurationFile)
        // setsid -f: it outlives us, our terminal and its Ctrl-C. The shell notes the pid that exec keeps.
        let script = "echo $$ > \"$2\"; exec docker-registry serve \"$1\" > \"$3\" 2>&1 < /dev/null"
        try await Command(
            "setsid", ["-f", "sh", "-c", script, "sh", configurationFile.path, pidFile.path, logFile.path]
        ).output()
        let outcome = try await poll(timeout: .seconds(15), every: .milliseconds(50)) { await answers() ? true : nil }
        guard outcome.result != nil else {
            await endProcess()
            let log = (try? String(contentsOf: logFile, encoding: .utf8)) ?? ""
            throw MachineError.failed(
                "the image registry does not answer at \(url). Its log is \(logFile.path); the end:\n"
                    + log.split(separator: "\n").suffix(5).joined(separator: "\n"))
        }
        return true
    }

    /// Ends it; none running is fine.
    public func stop() async {
        await endProcess()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Its process; nil where it does not run.
    public var processID: Int32? {
        guard let text = try? String(contentsOf: pidFile, encoding: .utf8),
            let pid = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)),
            // The number may long be another program's.
            let words = try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8),
            words.contains(configurationFile.path)
        else { return nil }
        return pid
    }

    /// The registries that run, by address.
    public static func running(store: MachineStore) -> [ImageRegistry] {
        let folder = store.root.appending(path: "registry")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().map { ImageRegistry(store: store, address: $0) }.filter { $0.processID != nil }
    }

    private func answers() async -> Bool {
        await TCPProbe.connects(host: address, port: Self.port, timeout: .seconds(2))
    }

    private func endProcess() async {
        guard let pid = processID else { return }
        kill(pid, SIGTERM)
        let ended = try? await poll(timeout: .seconds(5), every: .milliseconds(50)) { processID == nil ? true : nil }
        if ended?.result == nil { kill(pid, SIGKILL) }
    }

    private func configuration() throws -> String? {
        let upstream = ProcessInfo.processInfo.environment[Self.upstreamVariable] ?? ""
        let storage: URL
        if upstream.isEmpty {
            guard let images = try ImageCache(store: store).current(.containers) else { return nil }
            storage = images.folder.appending(path: "registry")
        } else {
            // A pull-through cache writes; images that were built stay as they are.
            storage = store.cache.appending(path: "registry")
            try MachineStore.makeFolder(storage)
        }
        var text = """
            version: 0.1
            log:
              level: warn
            storage:
              filesystem:
                rootdirectory: \(Self.yaml(storage.path))
            http:
              addr: \(Self.yaml("\(address):\(Self.port)"))

            """
        if !upstream.isEmpty { text += "proxy:\n  remoteurl: \(Self.yaml(upstream))\n" }
        return text
    }

    /// A YAML scalar in single quotes.
    private static func yaml(_ text: String) -> String { "'" + text.replacingOccurrences(of: "'", with: "''") + "'" }
}
