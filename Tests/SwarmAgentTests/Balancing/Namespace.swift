import FoundationEssentials
import Glibc
import NFTables
import Testing

/// A network namespace of its own, with a process that keeps it, which ends by itself after two minutes.
final class Namespace: Sendable {
    let pid: pid_t

    /// Whether this process may make some.
    static let canBeMade = geteuid() == 0

    init() throws {
        let words = ["/usr/bin/unshare", "--net", "/bin/sleep", "120"]
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var id: pid_t = 0
        try #require(posix_spawn(&id, words[0], nil, nil, &arguments, environ) == 0)
        pid = id
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
        for _ in 0..<1000 {
            if (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/net")) != own { return }
            usleep(5000)
        }
        throw Failure("no namespace was made")
    }

    deinit {
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    struct Failure: Error {
        var text: String
        init(_ text: String) { self.text = text }
    }

    /// A program in this namespace.
    func program(_ name: String) -> FilterProgram {
        FilterProgram(["nsenter", "--net=/proc/\(pid)/ns/net", name], timeLimit: .seconds(20))
    }

    /// Runs lines of a shell in it.
    @discardableResult
    func run(_ script: String) async throws -> String {
        let outcome = try await program("sh").run(["-ec", script])
        guard outcome.succeeded else { throw Failure("\(script): \(outcome.errors)") }
        return outcome.output
    }

    /// Makes a socket here, which stays here whoever uses it.
    func socket(_ kind: __socket_type, protocol number: Int = 0) throws -> Int32 {
        let descriptor = try inside { Glibc.socket(AF_INET, Int32(kind.rawValue | SOCK_CLOEXEC.rawValue), Int32(number)) }
        guard descriptor >= 0 else { throw Failure("no socket in a namespace: errno \(errno)") }
        return descriptor
    }

    /// Does something on a thread that is in it.
    func inside<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
        let pid = pid
        let box = Box<Result>()
        // A thread of its own, because it does not come back.
        let thread = startThread {
            let namespace = open("/proc/\(pid)/ns/net", O_RDONLY | O_CLOEXEC)
            defer { close(namespace) }
            guard namespace >= 0, setNamespace?(namespace, 0) == 0 else { return }
            box.result = Swift.Result { try body() }
        }
        pthread_join(thread, nil)
        guard let result = box.result else { throw Failure("no way into a namespace") }
        return try result.get()
    }

    /// Written by one thread before another one, which has waited for its end, reads it.
    private final class Box<Value: Sendable>: @unchecked Sendable { var result: Swift.Result<Value, any Error>? }
}

/// An extension of Linux's that Swift's view of glibc is without.
private let setNamespace: (@convention(c) (Int32, Int32) -> Int32)? = {
    guard let symbol = dlsym(nil, "setns") else { return nil }
    return unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
}()

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

func startThread(_ run: @escaping @Sendable () -> Void) -> pthread_t {
    var thread = pthread_t()
    pthread_create(
        &thread, nil,
        { argument in
            if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
            return nil
        }, Unmanaged.passRetained(ThreadBody(run)).toOpaque())
    return thread
}
