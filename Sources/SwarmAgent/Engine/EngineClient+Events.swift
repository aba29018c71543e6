import DockerAPI
import FoundationEssentials

/// What happened to a container that was made for a task.
struct ContainerEvent: Sendable, Equatable {
    var taskID: String
    var containerID: String
    var kind: Kind

    enum Kind: Sendable, Equatable {
        case died(code: Int)
        case ranOutOfMemory
        case healthy
        case unhealthy
        case destroyed
    }

    /// Nil where it is of no interest here.
    init?(_ message: EventMessage) {
        guard message.kind == "container", let taskID = message.actor.attributes?[TaskLabels.taskID] else { return nil }
        self.taskID = taskID
        containerID = message.actor.id
        switch message.action {
        case "die": kind = .died(code: message.actor.attributes?["exitCode"].flatMap(Int.init) ?? 0)
        case "oom": kind = .ranOutOfMemory
        case "destroy": kind = .destroyed
        case "health_status: healthy": kind = .healthy
        case "health_status: unhealthy": kind = .unhealthy
        default: return nil
        }
    }
}

extension EngineClient {
    /// Follows what happens to the containers of a node's tasks, until cancelled or the engine ends it.
    ///
    /// - Parameters:
    ///   - since: what has happened from then on is told, too: the engine says that it listens a moment before it does.
    ///   - begun: is called once the engine listens.
    func events(
        of nodeID: String, since: Timestamp, begun: @Sendable () async throws -> Void,
        each: @Sendable (ContainerEvent) async -> Void
    ) async throws {
        var call = Call(.GET, "/events")
        let filters = [
            "type": ["container"], "event": ["die", "oom", "destroy", "health_status"],
            "label": ["\(TaskLabels.nodeID)=\(nodeID)"],
        ]
        call.query = [("since", Self.instant(since)), ("filters", try Self.filters(filters))]
        call.limit = nil
        try await exchange(call) { _, answer in
            try await begun()
            let decoder = JSONDecoder()
            var lines = LineSplitter()
            while let bytes = try await answer.next() {
                lines.append(bytes)
                while let line = lines.next() {
                    guard let message = try? decoder.decode(EventMessage.self, from: Data(line.readableBytesView)),
                        let event = ContainerEvent(message)
                    else { continue }
                    await each(event)
                }
            }
        }
    }
}
