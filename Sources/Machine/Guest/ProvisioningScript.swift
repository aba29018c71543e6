import Foundation
import Processes

/// The shell script that turns a booted guest into one particular machine: its name, who may log in, its
/// certificates, how its engine is started.
///
/// The script is complete in itself and may be run again at any time: it changes only what differs. Data
/// travels as base64, so no value is ever read by the guest's shell.
struct ProvisioningScript: Sendable {
    var hostname: String
    /// The account people log in with, and the public key that opens it; nil leaves accounts alone.
    var login: (user: String, publicKey: String)?
    /// The guest's name server; nil leaves resolv.conf alone.
    var nameServer: String?
    var authority: String
    var certificate: String
    var key: String
    var engine: EngineConfiguration

    /// The script's text.
    func text() throws -> String {
        var lines = [
            "set -eu",
            "umask 022",
            // put MODE PATH BASE64: writes that there, whole or not at all, and notes whether it changed anything.
            """
            changed=
            put() {
                printf %s "$3" | base64 -d > "$2.new"
                chmod "$1" "$2.new"
                if cmp -s "$2.new" "$2"; then rm "$2.new"; else mv -f "$2.new" "$2"; changed=1; fi
            }
            """,
        ]
        lines += hostnameLines
        lines += loginLines
        if let nameServer {
            lines.append(put(0o644, "/etc/resolv.conf", Self.resolver(nameServer)))
        }
        lines += try engineLines()
        return lines.joined(separator: "\n") + "\n"
    }

    /// resolv.conf(5) of a guest.
    static func resolver(_ nameServer: String) -> String { "nameserver \(nameServer)\noptions timeout:2 attempts:2\n" }

    private var hostnameLines: [String] {
        let name = ShellWord.quote(hostname)
        return [
            put(0o644, "/etc/hostname", hostname + "\n"),
            "hostname \(name)",
            // As Debian's installer does, so that sudo and others can resolve the machine's own name.
            "sed -i '/^127\\.0\\.1\\.1[[:space:]]/d' /etc/hosts",
            "printf '127.0.1.1 %s\\n' \(name) >> /etc/hosts",
        ]
    }

    private var loginLines: [String] {
        guard let login else { return [] }
        let user = ShellWord.quote(login.user)
        return [
            "home=$(getent passwd \(user) | cut -d: -f6)",
            "install -d -m 700 -o \(user) -g \(user) \"$home/.ssh\"",
            put(0o600, "\"$home/.ssh/authorized_keys\"", login.publicKey),
            "chown \(user):\(user) \"$home/.ssh/authorized_keys\"",
            "[ -s /etc/ssh/ssh_host_ed25519_key ] || "
                + "ssh-keygen -q -t ed25519 -N '' -C '' -f /etc/ssh/ssh_host_ed25519_key",
        ]
    }

    private func engineLines() throws -> [String] {
        [
            """
            if ! command -v dockerd >/dev/null 2>&1; then
                url=\(ShellWord.quote(engine.options.installURL))
                [ -n "$url" ] || { echo 'there is no Docker Engine on this host' >&2; exit 1; }
                curl -fsSL "$url" | sh >&2
            fi
            install -d -m 755 /etc/docker /etc/systemd/system/docker.service.d
            changed=
            """,
            put(0o644, "/etc/docker/ca.pem", authority),
            put(0o644, "/etc/docker/server.pem", certificate),
            put(0o600, "/etc/docker/server-key.pem", key),
            """
            certified=$changed changed=
            drop=/etc/systemd/system/docker.service.d/10-machine.conf
            # put_unit BASE64: the unit's drop-in, with the place where the engine is.
            put_unit() {
                put 644 $drop "$(printf %s "$1" | base64 -d | sed "s|@DOCKERD@|$(command -v dockerd)|" | base64)"
            }
            """,
            // Our own image has TLS ended in front of the engine; any other host has an engine that does it.
            "if [ -e /etc/systemd/system/docker-tls.socket ]; then",
            put(0o644, "/etc/docker/daemon.json", try engine.daemonJSON()),
            "reread=$changed changed= units='docker.service docker.socket docker-tls.socket'",
            engine.localDropIn.map { "put_unit \(base64($0))" } ?? "if [ -e $drop ]; then rm $drop; changed=1; fi",
            """
            if [ -n "$certified" ] && systemctl is-active -q docker-tls.service; then systemctl restart docker-tls.service; fi
            if [ -n "$reread" ] && [ -z "$changed" ]; then systemctl kill -s HUP --kill-whom=main docker.service 2>/dev/null || :; fi
            else
            """,
            "units=docker.service",
            "put_unit \(base64(engine.tlsDropIn))",
            """
            changed=$changed$certified
            fi
            if [ -n "$changed" ]; then
                systemctl daemon-reload
                ! systemctl is-active -q docker || systemctl stop docker
            fi
            systemctl is-enabled -q ${units##* } >/dev/null 2>&1 || systemctl enable -q $units 2>/dev/null
            systemctl start --no-block $units
            """,
        ]
    }

    /// - Parameter path: a word for the shell, quoted by the caller where that is needed.
    private func put(_ mode: Int, _ path: String, _ content: String) -> String {
        "put \(String(mode, radix: 8)) \(path) \(base64(content))"
    }

    private func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}

/// Quoting for command lines and assignments in systemd units (systemd.service(5), "Command lines").
enum SystemdWord {
    /// The word such that systemd reads back exactly it: specifiers and variables escaped, in double quotes if needed.
    static func quote(_ word: String) -> String {
        let escaped = word.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
            .replacingOccurrences(of: "\n", with: "\\n").replacingOccurrences(of: "%", with: "%%")
            .replacingOccurrences(of: "$", with: "$$")
        let bare = !word.isEmpty && word.utf8.allSatisfy { $0 > 32 && $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: ";") }
        return escaped == word && bare ? word : "\"\(escaped)\""
    }
}
