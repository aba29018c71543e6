import FoundationEssentials
import Glibc
import Logging
import NIOCore
import SwarmModel

/// This node's etcd: a child process that is started again whenever it dies, and that dies with this process.
public actor EtcdProcess {
    /// What became of it.
    public enum Event: Sendable, Equatable {
        /// It answers requests.
        case ready
        /// It ended without being asked to, and is started again; the text says why.
        case died(String)
        /// Its member was removed from the store by others. It is not started again.
        case removed
    }

    /// etcd does not come up; the text says why.
    public struct StartError: Error, CustomStringConvertible {
        /// What etcd or the system said.
        public var reason: String
        /// The text for a person.
        public var description: String { "the swarm's store does not start: \(reason)" }
    }

    /// Others have taken this member out of the store, so it cannot be part of it again with the data that it has.
    public struct Removed: Error, CustomStringConvertible {
        /// The text for a person.
        public var description: String { "this node's member was removed from the swarm's store" }
    }

    private enum State {
        case idle
        case running(ChildProcess?, supervisor: Task<Void, Never>?)
        case stopped
    }

    /// How etcd is run.
    public nonisolated let configuration: EtcdConfiguration
    /// For requests; it outlives restarts of etcd, and is closed by `stop`.
    public nonisolated let connection: EtcdConnection
    /// What happens to it, for one listener; the newest 16 are kept.
    public nonisolated let events: AsyncStream<Event>

    private let report: AsyncStream<Event>.Continuation
    private let logger: Logger
    private let log: EtcdLog
    private let election: EarlyElection?
    private var state = State.idle
    private var wasReady = false

    /// Nothing runs before `start`. `group` carries what is said to etcd.
    public init(_ configuration: EtcdConfiguration, group: any EventLoopGroup, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        log = EtcdLog(logger)
        (events, report) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(16))
        connection = try EtcdConnection(socket: configuration.socket, group: group)
        election = EarlyElection(configuration, group: group, logger: logger)
    }

    /// The process id, while there is a process.
    public var processID: Int32? {
        if case .running(let child?, _) = state { child.id } else { nil }
    }

    /// Starts etcd and keeps it running, until `stop`. To wait for it is `waitUntilReady`'s.
    public func start() async throws {
        guard case .idle = state else { return }
        guard access(configuration.executable, X_OK) == 0 else {
            throw StartError(reason: "\(configuration.executable) is not there. Install etcd: apt-get install etcd-server")
        }
        for directory in [configuration.dataDirectory, configuration.socketDirectory] {
            do {
                try FileManager.default.createDirectory(
                    atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: directory)
            } catch {
                throw StartError(reason: "making \(directory): \(error)")
            }
        }
        state = .running(nil, supervisor: nil)
        let child = try await spawn()
        guard case .running = state else {
            child.signal(SIGKILL)
            return
        }
        state = .running(child, supervisor: Task(executorPreference: Task.executor) { await self.supervise(child) })
    }

    /// Waits until etcd answers: a member does when it is part of a store that has a leader.
    ///
    /// - Throws: `StartError` when it does not in time, `Removed`, and `StoreError.closed` when it is stopped.
    public func waitUntilReady(within limit: Duration) async throws {
        let end = ContinuousClock.now + limit
        while true {
            do {
                _ = try await EtcdMembers(connection).status(within: min(.seconds(1), end - .now))
                wasReady = true
                return
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                if case .stopped = state { throw StoreError.closed }
                if log.saysRemoved { throw Removed() }
                guard ContinuousClock.now < end else { throw StartError(reason: log.trouble ?? "\(error)") }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Ends etcd: asks it to, and kills it where it has not ended after `grace` (at once where
    /// that is zero). A leader hands over its part first.
    public func stop(grace: Duration = .seconds(5)) async {
        guard case .running(let child, let supervisor) = state else {
            state = .stopped
            connection.close()
            report.finish()
            return
        }
        state = .stopped
        connection.close()
        if let child {
            child.signal(grace > .zero ? SIGTERM : SIGKILL)
            let killer = Task {
                try await Task.sleep(for: grace)
                child.signal(SIGKILL)
            }
            _ = await child.exit()
            killer.cancel()
        }
        supervisor?.cancel()
        await supervisor?.value
        report.finish()
    }

    private func spawn() async throws -> ChildProcess {
        log.begin()
        // One that was killed has left its socket, and etcd stops short at it.
        unlink(configuration.socket)
        let arguments = configuration.arguments(forcing: !wasReady, verbose: logger.logLevel <= .debug)
        return try await ChildProcess.spawn(
            arguments, environment: EtcdConfiguration.environment, directory: configuration.socketDirectory
        ) { [log] in log.take($0) }
    }

    private func supervise(_ first: ChildProcess) async {
        var child = first
        var delay = Duration.milliseconds(50)
        while true {
            let began = ContinuousClock.now
            let watcher = Task { await announceReadiness() }
            let exit = await child.exit()
            watcher.cancel()
            guard case .running(_, let supervisor) = state else { return }
            if log.saysRemoved {
                logger.notice("the store's member on this node was removed from the store")
                state = .running(nil, supervisor: supervisor)
                report.yield(.removed)
                return
            }
            // One that ran for a while is started again at once; one that does not come up, ever more seldom.
            delay = ContinuousClock.now - began > .seconds(10) ? .milliseconds(50) : min(delay * 2, .seconds(5))
            let reason = log.trouble.map { "\(exit): \($0)" } ?? "\(exit)"
            logger.warning("etcd ended by itself and is started again: \(reason)")
            report.yield(.died(reason))
            while true {
                try? await Task.sleep(for: delay)
                guard case .running = state else { return }
                do {
                    child = try await spawn()
                    break
                } catch {
                    logger.error("etcd cannot be started again: \(error)")
                    delay = min(delay * 2, .seconds(5))
                }
            }
            guard case .running = state else {
                child.signal(SIGKILL)
                _ = await child.exit()
                return
            }
            state = .running(child, supervisor: supervisor)
        }
    }

    private func announceReadiness() async {
        let call = Task { [election] in await election?.call() }
        defer { call.cancel() }
        do {
            try await waitUntilReady(within: .seconds(24 * 3600))
            report.yield(.ready)
        } catch {
            // It ended, or was ended, before; that is told otherwise.
        }
    }
}
