import Foundation
import Processes

/// How one machine is reached over SSH, with the system's own `ssh`.
public struct SSHClient: Sendable {
    public var user: String
    public var host: String
    public var port: Int
    public var keyPath: String

    /// Options that keep the person's own SSH configuration, known hosts and agents out of it: a machine is
    /// made and thrown away, and its address is soon another machine's.
    public static let options = [
        "-F", "/dev/null",
        "-o", "ConnectionAttempts=3",
        "-o", "ConnectTimeout=10",
        "-o", "ControlMaster=no",
        "-o", "ControlPath=none",
        "-o", "LogLevel=quiet",
        "-o", "PasswordAuthentication=no",
        "-o", "ServerAliveInterval=60",
        "-o", "StrictHostKeyChecking=no",
        "-o", "UserKnownHostsFile=/dev/null",
    ]

    /// `ssh` with everything but what to run: add words for ssh (`-L …`) or the command.
    ///
    /// - Throws: `MachineError.failed` where others could read the key.
    public func command(_ words: [String] = []) throws -> Command {
        try checkKey()
        let identity = keyPath.isEmpty ? [] : ["-o", "IdentitiesOnly=yes", "-i", keyPath]
        return Command("ssh", Self.options + ["\(user)@\(host)"] + identity + ["-p", String(port)] + words)
    }

    /// Refuses a key that others could read.
    public func checkKey() throws {
        guard !keyPath.isEmpty else { return }
        guard let mode = try? FileManager.default.attributesOfItem(atPath: keyPath)[.posixPermissions] as? Int else {
            throw MachineError.failed("there is no SSH key at \(keyPath)")
        }
        guard mode & 0o077 == 0 else {
            throw MachineError.failed(
                "permissions 0\(String(mode, radix: 8)) for '\(keyPath)' are too open: chmod 600 '\(keyPath)'")
        }
    }

    /// Makes an RSA key pair of 2048 bits, `keyPath` and `keyPath.pub`.
    static func makeKey(at path: String) async throws {
        try await Command("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-C", "", "-f", path]).output()
    }

    /// Makes a host's own pair, which leaves this host with it: nothing stays in the folder.
    static func makeHostKey(in folder: URL) async throws -> ForkIdentity.SSHHostKey {
        let file = folder.appending(path: "ssh_host_key")
        let publicFile = folder.appending(path: "ssh_host_key.pub")
        defer { for made in [file, publicFile] { try? FileManager.default.removeItem(at: made) } }
        try await Command("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file.path]).output()
        return ForkIdentity.SSHHostKey(
            privateKey: try String(contentsOf: file, encoding: .utf8),
            publicKey: try String(contentsOf: publicFile, encoding: .utf8))
    }
}
