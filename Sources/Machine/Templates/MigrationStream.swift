import Foundation
import Glibc
import Libvirt

/// A guest's state on its way out of one QEMU or into another: QEMU's migration stream, through a pipe.
///
/// A pipe rather than a file, because the host's security policy may keep QEMU from files that libvirt does not know of. All
/// calls block. Protocol: QEMU QMP Reference Manual, `migrate`, `migrate-incoming`, `query-migrate`.
struct MigrationStream: Sendable {
    let domain: Domain
    /// Leave out memory that is in a file which others have, too.
    var leavesOutSharedMemory: Bool
    var timeout: Duration = .seconds(120)

    /// Writes the state of a guest that is paused.
    func save(to file: FileHandle) throws {
        let (reading, writing) = try Self.pipe()
        defer { close(reading) }
        let pump = Pump {
            var buffer = [UInt8](repeating: 0, count: 1 << 18)
            while true {
                let count = read(reading, &buffer, buffer.count)
                if count == 0 { return }
                guard count > 0 else {
                    if errno == EINTR { continue }
                    throw MachineError.failed("cannot read a guest's state: \(String(cString: strerror(errno)))")
                }
                try file.write(contentsOf: buffer[..<count])
            }
        }
        do {
            defer { close(writing) }
            try prepare(writing)
            try command("migrate", ["uri": "fd:\(Self.name)"])
            try waitUntilDone()
        }
        try pump.wait()
    }

    /// Gives a guest that waits for it its state, read from a volume.
    ///
    /// The guest stays paused.
    /// - Parameter check: sees every byte.
    func load(from volume: StorageVolume, checking check: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) throws {
        let (reading, writing) = try Self.pipe()
        let closeReading = Once { close(reading) }
        defer { closeReading.run() }
        do { try prepare(reading) } catch {
            close(writing)
            throw error
        }
        let pump = Pump {
            defer { close(writing) }
            try volume.download { bytes in
                check(bytes)
                return Self.write(bytes, to: writing)
            }
        }
        do {
            try command("migrate-incoming", ["uri": "fd:\(Self.name)"])
            // QEMU has its own copy: where it dies, writing to the pipe then fails instead of hanging.
            closeReading.run()
            try waitUntilDone()
        } catch {
            closeReading.run()
            try? pump.wait()
            throw error
        }
        try pump.wait()
        // When its memory is saved one day, it is all of it.
        if leavesOutSharedMemory { try leaveOutSharedMemory(false) }
    }

    private static let name = "state"

    private func prepare(_ descriptor: CInt) throws {
        if leavesOutSharedMemory { try leaveOutSharedMemory(true) }
        try command("getfd", ["fdname": Self.name], files: [descriptor])
    }

    private func leaveOutSharedMemory(_ state: Bool) throws {
        let capability: [String: any Sendable] = ["capability": "x-ignore-shared", "state": state]
        try command("migrate-set-capabilities", ["capabilities": [capability]])
    }

    private func waitUntilDone() throws {
        let deadline = ContinuousClock().now + timeout
        while ContinuousClock().now < deadline {
            let answer = try command("query-migrate")
            switch answer["status"] as? String {
            case "completed": return
            case "failed", "cancelled":
                throw MachineError.failed(
                    "QEMU does not take the state: \(answer["error-desc"] as? String ?? "it does not say why")")
            default: usleep(3000)
            }
        }
        throw MachineError.timedOut("a guest's state was not through after \(timeout.components.seconds) s")
    }

    @discardableResult
    private func command(
        _ name: String, _ arguments: [String: any Sendable] = [:], files: [CInt] = []
    ) throws -> [String: Any] {
        let request: [String: Any] = ["execute": name, "arguments": arguments]
        let json = String(decoding: try JSONSerialization.data(withJSONObject: request), as: UTF8.self)
        let text = files.isEmpty ? try domain.monitorCommand(json) : try domain.monitorCommand(json, files: files)
        let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
        if let error = answer["error"] as? [String: Any] {
            throw MachineError.failed("QEMU refuses \(name): \(error["desc"] as? String ?? text)")
        }
        return answer["return"] as? [String: Any] ?? [:]
    }

    private static func pipe() throws -> (reading: CInt, writing: CInt) {
        var ends: [CInt] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else {
            throw MachineError.failed("cannot make a pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// - Returns: false where nobody reads any more.
    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

/// Work on a thread of its own that is waited for. A pipe without a reader is an error there, not a signal.
private final class Pump: @unchecked Sendable {
    private let done = DispatchSemaphore(value: 0)
    /// Written before `done` is signalled, read after it was waited for.
    private var failure: (any Error)?

    init(_ body: @escaping @Sendable () throws -> Void) {
        Thread.detachNewThread { [self] in
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGPIPE)
            pthread_sigmask(SIG_BLOCK, &signals, nil)
            do { try body() } catch { failure = error }
            done.signal()
        }
    }

    func wait() throws {
        done.wait()
        if let failure { throw failure }
    }
}

/// Something that is done at most once.
private final class Once {
    private var body: (() -> Void)?
    init(_ body: @escaping () -> Void) { self.body = body }
    func run() {
        body?()
        body = nil
    }
}
