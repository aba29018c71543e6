import DockerAPI
import FoundationEssentials
import SwarmModel

extension LogSelection {
    /// Nil where it names neither a service nor a task.
    public init?(_ wire: WireLogRequest) {
        let source: Source
        if !wire.serviceID.isEmpty {
            source = .service(wire.serviceID)
        } else if !wire.taskID.isEmpty {
            source = .task(wire.taskID)
        } else {
            return nil
        }
        self.init(
            source, follows: wire.follow, output: wire.stdout, errors: wire.stderr, tail: wire.tail < 0 ? nil : Int(wire.tail),
            since: wire.since == 0 ? nil : Timestamp(nanoseconds: wire.since))
    }

    public var wire: WireLogRequest {
        .with { wire in
            switch source {
            case .service(let id): wire.serviceID = id
            case .task(let id): wire.taskID = id
            }
            wire.follow = follows
            wire.stdout = output
            wire.stderr = errors
            wire.tail = Int64(tail ?? -1)
            wire.since = since?.nanoseconds ?? 0
        }
    }
}

extension LogLine {
    public init(_ wire: WireLogLine) {
        self.init(
            taskID: wire.taskID, serviceID: wire.serviceID, nodeID: wire.nodeID, isError: wire.isError,
            time: Timestamp(nanoseconds: wire.time), text: Array(wire.text))
    }

    public var wire: WireLogLine {
        .with { wire in
            wire.taskID = taskID
            wire.serviceID = serviceID
            wire.nodeID = nodeID
            wire.isError = isError
            wire.time = time.nanoseconds
            wire.text = Data(text)
        }
    }
}
