import Foundation

/// What the program that makes machines calls itself in messages.
public enum Program {
    /// `docker-machine` when it was started under that name, for scripts that match on docker-machine's texts;
    /// else `machine`.
    public static let name: String = {
        let started = CommandLine.arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent }
        return started == "docker-machine" ? "docker-machine" : "machine"
    }()
}
