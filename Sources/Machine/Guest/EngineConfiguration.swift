import Foundation

/// How a machine's engine is told its options: what it can take on while it runs goes into `daemon.json`, the rest onto its
/// command line.
struct EngineConfiguration: Sendable {
    /// The driver's name; becomes the label `provider`.
    var provider: String
    var options: EngineOptions
    /// Mirror that is added to the engine's own.
    var mirror: String?

    private var labels: [String] { ["provider=\(provider)"] + options.labels }
    private var mirrors: [String] { options.registryMirrors + [mirror].compactMap { $0 } }

    /// `/etc/docker/daemon.json` of an engine that has TLS ended in front of it: the keys that SIGHUP makes it read again.
    func daemonJSON() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let keys = [
            "labels": labels, "insecure-registries": options.insecureRegistries, "registry-mirrors": mirrors,
        ]
        return String(decoding: try encoder.encode(keys.filter { !$0.value.isEmpty }), as: UTF8.self) + "\n"
    }

    /// The unit's drop-in for the same engine; nil where it would change nothing.
    var localDropIn: String? {
        let words = commandLineOnly
        guard !words.isEmpty || !options.environment.isEmpty else { return nil }
        return dropIn(["-H", "fd://"] + words)
    }

    /// The unit's drop-in for an engine that ends TLS itself; its `daemon.json` may be somebody else's.
    /// docker.socket goes on owning the local socket (`-H fd://`).
    var tlsDropIn: String {
        var words = [
            "-H", "fd://", "-H", "tcp://0.0.0.0:2376", "--tlsverify",
            "--tlscacert", "/etc/docker/ca.pem", "--tlscert", "/etc/docker/server.pem",
            "--tlskey", "/etc/docker/server-key.pem",
        ]
        for label in labels { words += ["--label", label] }
        for registry in options.insecureRegistries { words += ["--insecure-registry", registry] }
        for mirror in mirrors { words += ["--registry-mirror", mirror] }
        return dropIn(words + commandLineOnly)
    }

    /// Whether an engine that runs with no options at all has to start again to have these.
    var needsRestart: Bool { localDropIn != nil }

    private var commandLineOnly: [String] {
        (options.storageDriver.isEmpty ? [] : ["--storage-driver", options.storageDriver])
            + options.arbitraryFlags.map { "--\($0)" }
    }

    /// `@DOCKERD@` stands for the program's path in the guest.
    private func dropIn(_ words: [String]) -> String {
        var text = "[Service]\nExecStart=\nExecStart=@DOCKERD@ "
        text += words.map(SystemdWord.quote).joined(separator: " ") + "\n"
        for variable in options.environment { text += "Environment=\(SystemdWord.quote(variable))\n" }
        return text
    }
}
