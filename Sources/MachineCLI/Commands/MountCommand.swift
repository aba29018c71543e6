import Machine
import Processes

/// `mount`: a machine's folder on this host, over sshfs.
enum MountCommand {
    static func run(_ session: Session) async throws -> Int32 {
        guard (1...2).contains(session.names.count) else {
            throw UsageError(output: session.invocation.help, message: "Improper number of arguments")
        }
        let parts = session.names[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts.count == 2 ? parts[0] : "default"
        let path = parts.last ?? ""
        let target = session.names.count == 2 ? session.names[1] : path
        if session.invocation.flags.bool("unmount") {
            try Command("fusermount", ["-u", target]).replaceProcess()
        }
        let client = try session.machines.machine(name).ssh
        try client.checkKey()
        let options = stride(from: 3, to: SSHClient.options.count, by: 2).flatMap { ["-o", SSHClient.options[$0]] }
        try Command(
            "sshfs",
            options + [
                "-o", "IdentitiesOnly=yes", "-o", "IdentityFile=\(client.keyPath)", "-p", String(client.port),
                "\(client.user)@\(client.host):\(path)", target,
            ]
        ).replaceProcess()
    }
}
