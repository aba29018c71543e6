import Foundation
import X509

/// The certificates in the store: one authority and one client pair for all machines, one server pair each.
public struct CertificateFiles: Sendable {
    /// Where the shared four are; each may be moved by a flag.
    public struct Paths: Sendable {
        public var authority: URL
        public var authorityKey: URL
        public var client: URL
        public var clientKey: URL

        public init(folder: URL) {
            authority = folder.appending(path: "ca.pem")
            authorityKey = folder.appending(path: "ca-key.pem")
            client = folder.appending(path: "cert.pem")
            clientKey = folder.appending(path: "key.pem")
        }
    }

    public let paths: Paths
    private let store: MachineStore
    private let lock: URL

    public init(store: MachineStore, paths: Paths? = nil) {
        self.paths = paths ?? Paths(folder: store.certificates)
        self.store = store
        self.lock = store.root.appending(path: ".certs.lock")
    }

    /// Who the certificates are for.
    static var user: String {
        ProcessInfo.processInfo.environment["USER"].flatMap { $0.isEmpty ? nil : $0 } ?? "unknown"
    }

    /// Makes the authority and the client's pair where they are missing or have expired, and gives every machine that has copies
    /// of them the new ones.
    ///
    /// - Parameter log: told each file that is made, and each machine that gets it.
    func ensure(log: (String) -> Void) async throws {
        let held = try await FileLock.take(lock)
        defer { withExtendedLifetime(held) {} }
        let isNewAuthority =
            try !isValid(paths.authority) || !FileManager.default.fileExists(atPath: paths.authorityKey.path)
        if isNewAuthority {
            log("Creating CA: \(paths.authority.path)")
            try write(try CertificateAuthority.create(organization: Self.user).pair, paths.authority, paths.authorityKey)
            // A client pair of another authority would be refused everywhere.
            try? FileManager.default.removeItem(at: paths.client)
        }
        if try !isValid(paths.client) || !FileManager.default.fileExists(atPath: paths.clientKey.path) {
            log("Creating client certificate: \(paths.client.path)")
            let authority = try loadAuthority()
            let pair = try authority.makeClientPair(organization: Self.user + ".<bootstrap>")
            // The copies first: whoever is killed here leaves a pair that is still to be renewed, and the next one begins anew.
            let machines = replaceCopies(authority: authority.pair.certificate, client: pair, log: log)
            try write(pair, paths.client, paths.clientKey)
            if isNewAuthority, !machines.isEmpty {
                log(
                    "The CA is new: a machine made before needs \"\(Program.name) regenerate-certs\" too. These were: "
                        + machines.sorted().joined(separator: ", "))
            }
        }
    }

    /// Copies what a client needs into a machine's folder: what `DOCKER_CERT_PATH` points at.
    func copyClientFiles(to folder: URL) throws {
        for (source, name) in [(paths.authority, "ca.pem"), (paths.client, "cert.pem"), (paths.clientKey, "key.pem")] {
            try Data(contentsOf: source).writePrivately(to: folder.appending(path: name))
        }
    }

    /// Writes a new client pair into the folder of every machine that has copies of the old one.
    ///
    /// A folder that cannot be written is told and left: one broken machine must not keep all others from a valid pair.
    /// - Returns: the machines that have it now.
    private func replaceCopies(authority: String, client: KeyPair, log: (String) -> Void) -> [String] {
        store.names().filter { name in
            let folder = store.folder(of: name)
            guard FileManager.default.fileExists(atPath: folder.appending(path: "cert.pem").path), isOurs(name) else {
                return false
            }
            do {
                for (text, file) in [(authority, "ca.pem"), (client.key, "key.pem"), (client.certificate, "cert.pem")] {
                    try Data(text.utf8).writePrivately(to: folder.appending(path: file))
                }
                log("(\(name)) Copying certs to the local machine directory...")
                return true
            } catch {
                log("(\(name)) The new client certificate could not be copied: \(error)")
                return false
            }
        }
    }

    /// Whether a machine's copies are of this pair, and not of another one that `--tls-client-cert` named when it was made.
    private func isOurs(_ name: String) -> Bool {
        guard let path = try? store.load(name).options.auth.clientCertificatePath, !path.isEmpty else { return true }
        let other = URL(fileURLWithPath: path).standardizedFileURL
        // A store that was moved still names its old place.
        return other == paths.client.standardizedFileURL || !FileManager.default.fileExists(atPath: other.path)
    }

    /// Signs a new server pair and writes it into a machine's folder.
    func makeServerFiles(in folder: URL, machine: String, names: [String]) throws {
        let pair = try loadAuthority().makeServerPair(organization: "\(Self.user).\(machine)", names: names)
        try write(pair, folder.appending(path: "server.pem"), folder.appending(path: "server-key.pem"))
    }

    /// When the certificate in a PEM file ceases to be valid.
    public static func expiry(of url: URL) throws -> Date {
        try Certificate(pemEncoded: String(contentsOf: url, encoding: .utf8)).notValidAfter
    }

    private func isValid(_ url: URL) throws -> Bool {
        guard FileManager.default.fileExists(atPath: url.path) else { return false }
        return try Self.expiry(of: url) > Date()
    }

    private func loadAuthority() throws -> CertificateAuthority {
        try CertificateAuthority(
            KeyPair(
                certificate: String(contentsOf: paths.authority, encoding: .utf8),
                key: String(contentsOf: paths.authorityKey, encoding: .utf8)))
    }

    private func write(_ pair: KeyPair, _ certificate: URL, _ key: URL) throws {
        try MachineStore.makeFolder(certificate.deletingLastPathComponent())
        try MachineStore.makeFolder(key.deletingLastPathComponent())
        // The key first: a certificate without its key would be taken for a whole pair.
        try Data(pair.key.utf8).writePrivately(to: key)
        try Data(pair.certificate.utf8).writePrivately(to: certificate)
    }
}
