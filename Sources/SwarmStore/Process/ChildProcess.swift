import Glibc
import Synchronization

/// A child that dies with this process, whichever way that ends.
///
/// Linux sends the signal for a parent's death when the *thread* that started the child ends, and threads of a pool come and go. So
/// each child has a thread of its own, which starts it, reads what it writes and takes in its status.
final class ChildProcess: Sendable {
    /// How a child ended.
    enum Exit: Sendable, Equatable, CustomStringConvertible {
        case code(Int32)
        case signal(Int32)

        var description: String {
            switch self {
            case .code(let code): "exit status \(code)"
            case .signal(let signal): "signal \(signal)"
            }
        }
    }

    private struct State {
        var exit: Exit?
        var waiters: [CheckedContinuation<Exit, Never>] = []
    }

    /// The process id, also after the child has ended.
    let id: pid_t
    private let state = Mutex(State())

    private init(id: pid_t) { self.id = id }

    /// Starts `arguments[0]` (a path) with exactly this environment, in this directory, in a process group of its own, with files
    /// that only the owner can read. `line` gets every line of its standard output and error, on the child's thread.
    static func spawn(
        _ arguments: [String], environment: [String], directory: String, line: @escaping @Sendable (String) -> Void
    ) async throws(ProcessError) -> ChildProcess {
        // umask and directory belong to a process, so they are set behind the fork; setpriv asks for the signal.
        let script = #"umask 077 && cd "$1" && shift && exec "$@""#
        let command =
            ["/bin/sh", "-c", script, "sh", directory, "/usr/bin/setpriv", "--pdeathsig", "KILL", "--"] + arguments
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<ChildProcess, ProcessError>, Never>) in
            let failure = startThread {
                switch spawnProcess(command, environment: environment) {
                case .failure(let error): continuation.resume(returning: .failure(error))
                case .success(let (id, output)):
                    let child = ChildProcess(id: id)
                    continuation.resume(returning: .success(child))
                    readLines(from: output, line)
                    close(output)
                    child.reap()
                }
            }
            if failure != 0 { continuation.resume(returning: .failure(ProcessError("starting a thread", failure))) }
        }
        return try result.get()
    }

    /// Waits for the end.
    func exit() async -> Exit {
        await withCheckedContinuation { continuation in
            let exit = state.withLock { state in
                if state.exit == nil { state.waiters.append(continuation) }
                return state.exit
            }
            if let exit { continuation.resume(returning: exit) }
        }
    }

    /// Sends a signal, if the child has not ended.
    func signal(_ signal: Int32) {
        state.withLock { state in
            if state.exit == nil { kill(id, signal) }
        }
    }

    private func reap() {
        // Until the status is taken, the id belongs to no other process; it is taken under the lock that `signal` takes.
        var information = siginfo_t()
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) == -1 && errno == EINTR {}
        let (exit, waiters) = state.withLock { state in
            var status: Int32 = 0
            while waitpid(id, &status, 0) == -1 && errno == EINTR {}
            let signal = status & 0x7f
            let exit = signal == 0 ? Exit.code((status >> 8) & 0xff) : .signal(signal)
            state.exit = exit
            defer { state.waiters = [] }
            return (exit, state.waiters)
        }
        for waiter in waiters { waiter.resume(returning: exit) }
    }
}

/// What the system refused while a process was started.
struct ProcessError: Error, CustomStringConvertible {
    let action: String
    let code: Int32

    init(_ action: String, _ code: Int32) {
        self.action = action
        self.code = code
    }

    var description: String { "\(action): \(String(cString: strerror(code)))" }
}

/// glibc's, since 2.34; Swift's view of glibc is without extensions.
private let closeFrom: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32)? = {
    guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return nil }
    return unsafeBitCast(symbol, to: (@convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32).self)
}()

private func spawnProcess(
    _ command: [String], environment: [String]
) -> Result<(pid_t, output: Int32), ProcessError> {
    // A pair of sockets, because another child may be started at any moment, and a pipe cannot be made to close there from the
    // beginning without extensions that Swift does not see.
    var pipe: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pipe) == 0 else {
        return .failure(ProcessError("making a pair of sockets", errno))
    }
    defer { close(pipe[1]) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 2)
    _ = closeFrom?(&actions, 3)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // No signal is blocked or ignored there because it is here; a terminal's Ctrl-C is for this process only.
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

    var arguments = command.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { (arguments + variables).forEach { free($0) } }
    var id: pid_t = 0
    let failure = posix_spawn(&id, command[0], &actions, &attributes, &arguments, &variables)
    guard failure == 0 else {
        close(pipe[0])
        return .failure(ProcessError("starting \(command[0])", failure))
    }
    return .success((id, pipe[0]))
}

/// Until nobody can write any more.
private func readLines(from descriptor: Int32, _ line: (String) -> Void) {
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count == -1 && errno == EINTR { continue }
        guard count > 0 else { break }
        for byte in buffer[..<count] {
            if byte == UInt8(ascii: "\n") || pending.count >= 64 << 10 {
                line(String(decoding: pending, as: UTF8.self))
                pending.removeAll(keepingCapacity: true)
            }
            if byte != UInt8(ascii: "\n") { pending.append(byte) }
        }
    }
    if !pending.isEmpty { line(String(decoding: pending, as: UTF8.self)) }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Returns 0, or why there is no thread.
private func startThread(_ run: @escaping @Sendable () -> Void) -> Int32 {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 512 << 10)
    var thread = pthread_t()
    let body = Unmanaged.passRetained(ThreadBody(run))
    let failure = pthread_create(
        &thread, &attributes,
        { argument in
            if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
            return nil
        }, body.toOpaque())
    if failure != 0 { body.release() }
    return failure
}
