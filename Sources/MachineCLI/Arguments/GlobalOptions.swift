import GoFlags

/// What stands before the command: where the store is, which keys to use, how much to say.
public struct GlobalOptions: Sendable, Equatable {
    /// Tell on stderr what is being done (`-D` anywhere on the command line, `--debug`, `MACHINE_DEBUG`).
    public var debug: Bool
    /// The store's root directory; `~/.docker/machine` unless told otherwise.
    public var storagePath: String
    /// CA certificate that machines are verified against; empty for the store's own.
    public var tlsCACert: String
    /// Private key of the CA; empty for the store's own.
    public var tlsCAKey: String
    /// Client certificate; empty for the store's own.
    public var tlsClientCert: String
    /// Private key of the client certificate; empty for the store's own.
    public var tlsClientKey: String
    /// Accepted because scripts pass it; the `ssh` program is always used.
    public var nativeSSH: Bool
    /// The libvirt connection; empty for the default one.
    public var libvirtURI: String

    init(_ flags: ParsedFlags, arguments: [String], environment: [String: String]) {
        // docker-machine looks for the switch in the whole command line, so that it also works behind the command.
        let anywhere = arguments.contains { ["-D", "--debug", "-debug"].contains($0) }
        debug = flags.bool("debug") || anywhere
        storagePath = flags.string("storage-path")
        tlsCACert = flags.string("tls-ca-cert")
        tlsCAKey = flags.string("tls-ca-key")
        tlsClientCert = flags.string("tls-client-cert")
        tlsClientKey = flags.string("tls-client-key")
        nativeSSH = flags.bool("native-ssh")
        libvirtURI = flags.string("libvirt-uri")
    }

    /// The global flags. `home` is the user's home directory.
    static func flags(home: String) -> [Flag] {
        [
            .bool("debug, D", env: "MACHINE_DEBUG", usage: "Enable debug mode"),
            .string(
                "storage-path, s", default: "\(home)/.docker/machine", env: "MACHINE_STORAGE_PATH",
                usage: "Directory that holds machines, certificates and cached images"),
            .string("tls-ca-cert", env: "MACHINE_TLS_CA_CERT", usage: "CA certificate that machines are verified against"),
            .string("tls-ca-key", env: "MACHINE_TLS_CA_KEY", usage: "CA key that signs the machines' certificates"),
            .string("tls-client-cert", env: "MACHINE_TLS_CLIENT_CERT", usage: "Client certificate for TLS"),
            .string("tls-client-key", env: "MACHINE_TLS_CLIENT_KEY", usage: "Key of the client certificate"),
            .string(
                "github-api-token", env: "MACHINE_GITHUB_API_TOKEN",
                usage: "Accepted for old scripts, never used"),
            .bool("native-ssh", env: "MACHINE_NATIVE_SSH", usage: "Accepted for old scripts; the ssh program is used"),
            .string(
                "bugsnag-api-token", env: "MACHINE_BUGSNAG_API_TOKEN",
                usage: "Accepted for old scripts; nothing is ever reported"),
            .string("libvirt-uri", env: "LIBVIRT_DEFAULT_URI", usage: "The libvirt connection, as qemu:///system"),
        ]
    }

    /// Flags that the program answers by itself; they stand in help only.
    static let ownFlags: [Flag] = [
        .bool("help, h", usage: "Show help"),
        .bool("version, v", usage: "Print the version"),
    ]
}
