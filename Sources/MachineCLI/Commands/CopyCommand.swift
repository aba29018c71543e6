import Foundation
import Machine
import Processes

/// `scp`: copies between this host and machines, or between two machines, with the system's scp or rsync.
enum CopyCommand {
    static func run(_ session: Session) async throws -> Int32 {
        guard session.names.count == 2 else {
            throw UsageError(output: session.invocation.help, message: "Improper number of arguments")
        }
        let flags = session.invocation.flags
        let ends = try session.names.map { try End($0, session) }
        let clients = ends.compactMap(\.client)
        let identities = clients.map(\.keyPath).filter { !$0.isEmpty }.flatMap { ["-i", $0] }
        if flags.bool("delta") {
            let ssh = (["ssh"] + SSHClient.options + ["-o", "IdentitiesOnly=yes"] + identities)
                .map(ShellWord.quote).joined(separator: " ")
            var words = ["-azh", "-e", ssh]
            words += flags.bool("quiet") ? ["-q"] : ["--progress"]
            try Command("rsync", words + ends.map(\.word)).replaceProcess()
        }
        var words = SSHClient.options + ["-o", "IdentitiesOnly=yes"] + identities
        if flags.bool("recursive") { words.append("-r") }
        if flags.bool("quiet") { words.append("-q") }
        // Between two machines the data goes through this host, which is the one that has both keys.
        words.append("-3")
        try Command("scp", words + ends.map(\.word)).replaceProcess()
    }

    /// One side of a copy: `[[user@]machine:]path`.
    private struct End {
        var word: String
        var client: SSHClient?

        init(_ text: String, _ session: Session) throws {
            guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") else {
                // A path such as `-x` must not be read as an option.
                word = text.hasPrefix("-") ? "./" + text : text
                return
            }
            let place = text[..<colon].split(separator: "@", maxSplits: 1).map(String.init)
            let path = String(text[text.index(after: colon)...])
            guard let name = place.last, name != "localhost" else {
                word = path
                return
            }
            var client = try session.machines.machine(name).ssh
            if place.count == 2 { client.user = place[0] }
            try client.checkKey()
            self.client = client
            word = "\(client.user)@\(client.host):\(path)"
        }
    }
}
