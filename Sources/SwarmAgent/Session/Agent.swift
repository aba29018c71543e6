import GRPCCore
import Logging
import NIOCore
import SwarmModel
import SwarmRPC

/// Keeps a node in touch with the leader of its swarm: finds it, tells how the node is, and hands on what it should be.
public struct Agent: Sendable {
    /// The times that decide how soon a node is found missing, and how soon it finds its way back.
    public struct Timing: Sendable {
        /// How often something is said.
        public var beat: Duration = .seconds(1)
        /// How long the leader may be silent.
        public var silence = Patience.ofThisHost.silence
        /// How long connecting may take.
        public var connect = Patience.ofThisHost.connecting
        /// For how long statuses of tasks are gathered that are told together.
        public var gathering: Duration = .milliseconds(50)
        /// The pause between attempts, which doubles from the first to the second.
        public var pause: (first: Duration, longest: Duration) = (.milliseconds(100), .seconds(2))

        public init() {}
    }

    private let host: any AgentHost
    private let worker: Worker?
    private let timing: Timing
    private let group: any EventLoopGroup
    private let logger: Logger

    /// - Parameters:
    ///   - worker: carries out what is assigned; nil for an agent that only takes its leave.
    public init(
        _ host: any AgentHost, worker: Worker?, timing: Timing = Timing(),
        group: any EventLoopGroup, logger: Logger
    ) {
        self.host = host
        self.worker = worker
        self.timing = timing
        self.group = group
        self.logger = logger
    }

    /// How an attempt to have a session ended.
    private enum Ending {
        /// There was one.
        case ended
        /// Another manager leads; nil where nobody does.
        case elsewhere(String?)
        case unreachable(String)
        case removed
    }

    /// Goes on until cancelled, or until the node is no longer part of the swarm.
    public func run() async throws {
        var pause = timing.pause.first
        var hint: String?
        var untried: [String] = []
        while !Task.isCancelled {
            if untried.isEmpty { untried = await host.managers().shuffled() }
            guard let address = hint ?? untried.popLast() else {
                try await Task.sleep(for: pause)
                continue
            }
            let wasHint = hint != nil
            hint = nil
            switch await session(with: address) {
            case .ended:
                pause = timing.pause.first
                await host.connection("the session with the manager at \(address) has ended")
                // Most often the same manager leads still, or its process is coming back.
                try await Task.sleep(for: .milliseconds(50))
            case .elsewhere(let leader?) where !wasHint && leader != address:
                hint = leader
            case .elsewhere:
                try await Task.sleep(for: jittered(pause))
                pause = min(pause * 2, .milliseconds(500))
            case .unreachable(let reason):
                await host.connection(reason)
                logger.debug("no session", metadata: ["manager": "\(address)", "reason": "\(reason)"])
                guard untried.isEmpty, !wasHint else { continue }
                try await Task.sleep(for: jittered(pause))
                pause = min(pause * 2, timing.pause.longest)
            case .removed:
                await host.removed()
                return
            }
        }
        throw CancellationError()
    }

    /// Tells the leader that this node goes.
    ///
    /// - Throws: when no leader was told.
    public func leave() async throws {
        var candidates = await host.managers()
        var asked: Set<String> = []
        while let address = candidates.popLast() {
            guard asked.insert(address).inserted else { continue }
            do {
                return try await ManagerConnection.with(
                    address, tls: try await host.clientTLS(), timeout: timing.connect, group: group
                ) { client in
                    _ = try await WireDispatcher.Client(wrapping: client).leave(WireLeaveRequest(), options: .within(.seconds(3)))
                }
            } catch let error as RPCError {
                if let leader = NotLeader(error)?.leader { candidates.append(leader) }
            } catch is ManagerUnreachable {
                continue
            }
        }
        throw ManagerUnreachable(address: asked.sorted().joined(separator: ", "), reason: "none of them leads the swarm")
    }

    private func jittered(_ duration: Duration) -> Duration { duration * Double.random(in: 0.5...1.5) }

    private func session(with address: String) async -> Ending {
        do {
            return try await ManagerConnection.with(
                address, tls: try await host.clientTLS(), timeout: timing.connect, group: group
            ) { client in try await converse(with: WireDispatcher.Client(wrapping: client), at: address) }
        } catch let error as RPCError {
            if let elsewhere = NotLeader(error) { return .elsewhere(elsewhere.leader) }
            if error.code == .notFound { return .removed }
            return .unreachable("\(error.message)\(error.cause.map { ": \($0)" } ?? "")")
        } catch {
            return .unreachable("\(error)")
        }
    }

    private func converse(
        with dispatcher: WireDispatcher.Client<ManagerConnection.Transport>, at address: String
    ) async throws -> Ending {
        let heard = LastHeard()
        let reports = await host.reports()
        return try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask {
                try await dispatcher.session { writer in
                    try await self.speak(to: writer, reports: reports)
                } onResponse: { response in
                    try await self.listen(to: response, dispatcher: dispatcher, heard: heard)
                    return Ending.ended
                }
            }
            group.addTask {
                while case let rest = timing.silence - heard.elapsed, rest > .zero { try await Task.sleep(for: rest) }
                logger.notice("the leader is silent", metadata: ["manager": "\(address)"])
                return .ended
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .ended
        }
    }

    /// Hands on what the leader says.
    private func listen(
        to response: StreamingClientResponse<WireManagerMessage>,
        dispatcher: WireDispatcher.Client<ManagerConnection.Transport>, heard: LastHeard
    ) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            var coming = Assignments(isComplete: false)
            for try await message in response.messages {
                heard.now()
                switch message.message {
                case .orders(let wire):
                    guard let orders = NodeOrders(wire) else { continue }
                    await host.connection(nil)
                    await host.take(orders)
                case .assignments(let wire):
                    try coming.take(wire)
                    guard !wire.more else { continue }
                    await worker?.take(coming)
                    coming = Assignments(isComplete: false)
                case .logs(let subscription):
                    guard let worker, let selection = LogSelection(subscription.request) else { continue }
                    let publisher = LogPublisher(worker: worker, dispatcher: dispatcher, logger: logger)
                    group.addTask { await publisher.publish(selection, for: subscription.id) }
                case .beat, nil: continue
                }
            }
            group.cancelAll()
        }
    }

    private func speak(to writer: RPCWriter<WireAgentMessage>, reports: AsyncStream<NodeReport>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await report in reports {
                    let wire = try report.wire()
                    try await writer.write(.with { $0.report = wire })
                }
            }
            group.addTask {
                var number: UInt64 = 0
                while true {
                    try await Task.sleep(for: timing.beat)
                    number += 1
                    let beat = WireBeat.with { [number] in $0.number = number }
                    try await writer.write(.with { $0.beat = beat })
                }
            }
            group.addTask { try await tellStatuses(to: writer) }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Tells of all tasks, then of those that something has happened to, some time together.
    private func tellStatuses(to writer: RPCWriter<WireAgentMessage>) async throws {
        guard let worker else { return try await Task.sleep(for: .seconds(1 << 30)) }
        for await _ in await worker.beginStatuses() {
            while case let reports = await worker.takeStatuses(1000), !reports.isEmpty {
                let statuses = try WireTaskStatuses.with { message in message.statuses = try reports.map { try $0.wire() } }
                try await writer.write(.with { $0.statuses = statuses })
            }
            try await Task.sleep(for: timing.gathering)
        }
    }
}

extension CallOptions {
    /// A call that must be answered in time.
    public static func within(_ limit: Duration) -> CallOptions {
        var options = CallOptions.defaults
        options.timeout = limit
        return options
    }
}
