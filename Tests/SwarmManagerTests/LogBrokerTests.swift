import DockerAPI
import FoundationEssentials
import GRPCCore
import SwarmModel
import SwarmRPC
import Synchronization
import Testing

@testable import SwarmManager

/// How the output of containers comes from their nodes to those who read it.
@Suite struct LogBrokerTests {
    private let board = TaskBoard()
    private let sessions = Sessions(known: [], patience: .usual) { ContinuousClock.now }

    /// One task of the service on each of these nodes.
    private func broker(tasksOn nodes: [String], patience: Duration = .seconds(30)) -> LogBroker {
        let time = Timestamp(nanoseconds: 1_795_252_502_000_000_000)
        let service = Service(id: "web", now: time, spec: ServiceSpec(name: "web"))
        board.replace(
            nodes.map { node in
                var task = TaskRecord(id: "t-\(node)", now: time, service: service, slot: 1, nodeID: node, desiredState: .running)
                task.status.state = .running
                return task
            })
        return LogBroker(sessions: sessions, board: board, patience: patience)
    }

    /// A node that answers every subscription with these lines, unless it is to be silent.
    private func connect(_ node: String, _ broker: LogBroker, lines: [String], breaksOff: Bool = false, isSilent: Bool = false) {
        _ = sessions.open(node) { message in
            guard case .logs(let subscription) = message.message, !isSilent else { return }
            let (batches, continuation) = AsyncThrowingStream<WireLogBatch, any Error>.makeStream()
            continuation.yield(.with { $0.subscription = subscription.id })
            for line in lines {
                continuation.yield(
                    .with { batch in
                        batch.subscription = subscription.id
                        batch.lines = [.with { $0.text = Data(line.utf8) }]
                    })
            }
            if breaksOff {
                continuation.finish(throwing: RPCError(code: .unavailable, message: "gone"))
            } else if !subscription.request.follow {
                continuation.finish()
            }
            Task { try await LogPublication(node: node, broker: broker).run(RPCAsyncSequence(wrapping: batches)) }
        } end: {
        }
    }

    private func read(_ broker: LogBroker, follows: Bool = false, upTo limit: Int = .max) async throws -> Set<String> {
        let lines = Mutex<Set<String>>([])
        do {
            try await broker.read(LogSelection(.service("web"), follows: follows, output: true, errors: true)) { batch in
                let count = lines.withLock { lines in
                    for line in batch.lines { lines.insert("\(line.nodeID) \(String(decoding: line.text, as: UTF8.self))") }
                    return lines.count
                }
                if count >= limit { throw CancellationError() }
            }
        } catch is CancellationError {}
        return lines.withLock { $0 }
    }

    @Test func everythingComesOnceAndThenItEnds() async throws {
        let broker = broker(tasksOn: ["a", "b"])
        connect("a", broker, lines: ["1", "2"])
        connect("b", broker, lines: ["3"])
        connect("c", broker, lines: ["of another service"])
        #expect(try await read(broker) == ["a 1", "a 2", "b 3"])
    }

    @Test func aServiceWithoutTasksHasWrittenNothing() async throws {
        #expect(try await read(broker(tasksOn: [])) == [])
    }

    @Test func whatIsMissingIsToldAfterTheRest() async throws {
        let broker = broker(tasksOn: ["a", "b", "c"])
        connect("a", broker, lines: ["1"])
        connect("c", broker, lines: [], breaksOff: true)
        let failure = await #expect(throws: LogsIncomplete.self) { try await read(broker) }
        #expect(failure?.reasons == "node b is not available, node c is not available")
    }

    @Test func aNodeThatDoesNotBeginIsNotWaitedFor() async throws {
        let broker = broker(tasksOn: ["a", "b"], patience: .milliseconds(50))
        connect("a", broker, lines: ["1"])
        connect("b", broker, lines: [], isSilent: true)
        let failure = await #expect(throws: LogsIncomplete.self) { try await read(broker) }
        #expect(failure?.reasons == "node b is not available")
    }

    @Test func whoFollowsHearsOfAllNodesAndEndsThePublishers() async throws {
        let broker = broker(tasksOn: ["a"])
        connect("a", broker, lines: ["1"])
        connect("b", broker, lines: ["2"])
        #expect(try await read(broker, follows: true, upTo: 2) == ["a 1", "b 2"])
        #expect(broker.subscriptions().isEmpty)
    }
}
