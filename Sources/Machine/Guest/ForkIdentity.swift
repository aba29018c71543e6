import Foundation

/// All that makes one machine of a fork: what `/usr/lib/swarmlab/become` in the guest reads (images/node).
///
/// Everything that must be unique is decided on the host. The guest's own random generator is the template's until this has
/// been read.
struct ForkIdentity: Sendable {
    var hostname: String
    /// The domain's: what the firmware would say after a boot.
    var uuid: String
    var mac: String
    /// With the prefix length: `192.168.99.100/24`.
    var address: String
    /// The account people log in with, and the public key that opens it.
    var login: (user: String, publicKey: String)
    var hostKey: SSHHostKey
    var nameServer: String?
    var authority: String
    var certificate: String
    var key: String
    var engine: EngineConfiguration

    /// The machine's own pair for SSH, as ssh-keygen writes it.
    struct SSHHostKey: Sendable {
        var privateKey: String
        var publicKey: String
    }

    /// The text for `become`.
    ///
    /// - Parameter now: the guest's clock is set to this, so it is to be asked for at the last moment.
    func text(now: Date = Date(), using random: inout some RandomNumberGenerator) throws -> String {
        let seconds = now.timeIntervalSince1970
        let nanoseconds = Int((seconds - seconds.rounded(.down)) * 1_000_000_000)
        let seed = (0..<8).map { _ in UInt64.random(in: .min ... .max, using: &random) }
        var lines = [
            "time \(Int(seconds)).\(String(format: "%09d", nanoseconds))",
            "seed \(seed.map { String(format: "%016lx", $0) }.joined())",
            "hostname \(hostname)",
            // As systemd makes it from the firmware's UUID at the first boot of a VM (machine-id(5)).
            "machine-id \(uuid.replacingOccurrences(of: "-", with: "").lowercased())",
            "uuid \(uuid)",
            "mac \(mac)",
            "address \(address)",
            "engine \(UUID().uuidString.lowercased())",
            file(0o600, "root", "/etc/ssh/ssh_host_ed25519_key", hostKey.privateKey),
            file(0o644, "root", "/etc/ssh/ssh_host_ed25519_key.pub", hostKey.publicKey),
            file(0o600, login.user, "/home/\(login.user)/.ssh/authorized_keys", login.publicKey),
            file(0o644, "root", "/etc/docker/ca.pem", authority),
            file(0o644, "root", "/etc/docker/server.pem", certificate),
            file(0o600, "root", "/etc/docker/server-key.pem", key),
            file(0o644, "root", "/etc/docker/daemon.json", try engine.daemonJSON()),
        ]
        if let nameServer {
            lines.append(file(0o644, "root", "/etc/resolv.conf", ProvisioningScript.resolver(nameServer)))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func file(_ mode: Int, _ owner: String, _ path: String, _ content: String) -> String {
        "file \(String(mode, radix: 8)) \(owner) \(path) \(content.utf8.hexadecimal)"
    }
}
