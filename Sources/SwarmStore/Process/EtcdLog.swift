import FoundationEssentials
import Logging
import Synchronization

/// Takes etcd's log over into this program's, and remembers what may be the reason of a crash.
final class EtcdLog: Sendable {
    private struct Line: Decodable {
        var level: String
        var msg: String
        var error: String?
    }

    private let logger: Logger
    private let last = Mutex<String?>(nil)
    private let removed = Mutex(false)

    init(_ logger: Logger) { self.logger = logger }

    /// The newest line that tells of trouble, since the last `begin`.
    var trouble: String? { last.withLock { $0 } }

    /// Whether etcd said that this member was removed from the store.
    var saysRemoved: Bool { removed.withLock { $0 } }

    /// A new process begins to write.
    func begin() {
        last.withLock { $0 = nil }
    }

    /// etcd warns of much that passes by itself, so each level is one lower here.
    func take(_ text: String) {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)) else {
            // A panic's text, or the shell's: the first line says what it is.
            last.withLock { if $0 == nil { $0 = text } }
            return logger.warning("etcd: \(text)")
        }
        let message = line.error.map { "\(line.msg): \($0)" } ?? line.msg
        if message.contains("permanently removed from the cluster") { removed.withLock { $0 = true } }
        switch line.level {
        case "debug": logger.trace("etcd: \(message)")
        case "info": logger.debug("etcd: \(message)")
        case "warn":
            last.withLock { $0 = message }
            logger.info("etcd: \(message)")
        default:
            last.withLock { $0 = message }
            logger.warning("etcd: \(message)")
        }
    }
}
