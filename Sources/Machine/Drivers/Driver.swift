import Foundation

/// What makes, starts and stops the host behind a machine.
protocol Driver: Sendable {
    /// - Throws: where the state cannot be told.
    func state() async throws -> MachineState
    func start(log: @escaping Log) async throws
    /// Asks the guest to shut down and waits until it has.
    func stop(log: @escaping Log) async throws
    /// Ends the host at once.
    func kill() async throws
    func restart(log: @escaping Log) async throws
    /// Removes the host and all it had; what is gone already is fine.
    func remove(log: @escaping Log) async throws
    /// A root shell on it, for provisioning.
    func shell() async throws -> any GuestShell
    /// What its screen showed last, for messages about a boot that did not end; nil where there is none.
    func consoleTail() async -> String?
}

/// Takes one line of progress.
public typealias Log = @Sendable (String) -> Void

extension Driver {
    func consoleTail() async -> String? { nil }
}

/// A host that somebody else looks after: only its engine's address is known.
struct NoneDriver: Driver {
    func state() async throws -> MachineState { .running }
    func start(log: @escaping Log) async throws { throw unsupported("start") }
    func stop(log: @escaping Log) async throws { throw unsupported("stop") }
    func kill() async throws { throw unsupported("kill") }
    func restart(log: @escaping Log) async throws { throw unsupported("restart") }
    func remove(log: @escaping Log) async throws {}
    func shell() async throws -> any GuestShell { throw unsupported("be provisioned") }

    private func unsupported(_ verb: String) -> MachineError { .failed("hosts without a driver cannot \(verb)") }
}

/// A host that exists already and is reached over SSH.
struct GenericDriver: Driver {
    let client: SSHClient

    func state() async throws -> MachineState {
        await TCPProbe.connects(host: client.host, port: client.port, timeout: .seconds(5)) ? .running : .stopped
    }

    func start(log: @escaping Log) async throws { throw unsupported("start") }
    func stop(log: @escaping Log) async throws { throw unsupported("stop") }
    func kill() async throws { throw unsupported("kill") }
    func restart(log: @escaping Log) async throws {
        // The connection ends with the host; that is no failure.
        _ = try await SSHShell(client: client).run("systemctl reboot", timeout: .seconds(30))
    }
    func remove(log: @escaping Log) async throws {}
    func shell() async throws -> any GuestShell { SSHShell(client: client) }

    private func unsupported(_ verb: String) -> MachineError { .failed("generic driver does not support \(verb)") }
}
