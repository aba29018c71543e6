import CNetlink
import Foundation

/// A network namespace that a test made itself: the only place, besides loopback, where tests send anything. It is gone with its last use.
public final class NetworkNamespace: Sendable {
    /// Whether this process may make some.
    public static let areAvailable = geteuid() == 0 && (try? NetworkNamespace()) != nil

    private let descriptor: Int32

    /// Makes one with its loopback interface up.
    public init() throws {
        descriptor = try Self.onThread {
            guard unshare(CLONE_NEWNET) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM) }
            let descriptor = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            return descriptor
        }
        try sh("ip link set lo up")
    }

    deinit { close(descriptor) }

    /// Runs something on a thread of its own that is in the namespace. Sockets that it makes stay in there.
    @discardableResult
    public func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
        try Self.onThread { [descriptor] in
            guard setns(descriptor, CLONE_NEWNET) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM) }
            return try body()
        }
    }

    /// Runs a command in it, for at most 20 seconds, and gives what it prints.
    @discardableResult
    public func sh(_ command: String) throws -> String {
        try run {
            let output = try Child.output(of: ["/usr/bin/timeout", "20", "/bin/sh", "-c", command])
            guard output.status == 0 else { throw CommandFailed(command: command, output: output.text) }
            return output.text
        }
    }

    /// A command that ended with another status than 0.
    public struct CommandFailed: Error, CustomStringConvertible {
        let command: String
        let output: String

        public var description: String { "\(command): \(output)" }
    }

    /// Joins two namespaces with a cable: an interface of a name and MTU in each.
    public static func join(
        _ one: (NetworkNamespace, name: String), _ other: (NetworkNamespace, name: String), mtu: Int = 1500
    ) throws {
        // By path, since `ip` finds namespaces by their processes or names, and this one has neither.
        let path = "/proc/\(getpid())/fd/\(other.0.descriptor)"
        try one.0.sh(
            "ip link add \(one.name) mtu \(mtu) type veth peer name \(other.name) mtu \(mtu) netns \(path) && ip link set \(one.name) up"
        )
        try other.0.sh("ip link set \(other.name) up")
    }

    private static func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
        let box = Box<Result>()
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            box.result = Swift.Result { try body() }
            done.signal()
        }
        thread.start()
        done.wait()
        guard let result = box.result else { throw POSIXError(.ECANCELED) }
        return try result.get()
    }

    /// What the thread hands over: written before the semaphore is signalled, read after.
    private final class Box<Value: Sendable>: @unchecked Sendable {
        var result: Result<Value, any Error>?
    }
}
