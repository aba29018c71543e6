import DockerAPI
import SwarmModel

/// A place in a network that a node asks for, for one of its containers.
struct AttachmentRequest: Sendable {
    /// What is to be made, without an address.
    var task: TaskRecord
    /// The one that it is to have; nil for any.
    var address: IPv4Address?
    /// A revision of the store in which the network is there.
    var revision: UInt64
}

/// Something that a node asks of the leader's loop, which answers when it is written.
struct LoopRequest: Sendable {
    enum Kind: Sendable {
        case attach(AttachmentRequest)
        /// The place of one container, or of all of the node's.
        case detach(String?, node: String)
    }

    var kind: Kind
    private let continuation: CheckedContinuation<TaskRecord?, any Error>

    init(_ kind: Kind, _ continuation: CheckedContinuation<TaskRecord?, any Error>) {
        self.kind = kind
        self.continuation = continuation
    }

    /// To be called once.
    func answer(_ result: Result<TaskRecord?, any Error>) { continuation.resume(with: result) }
}
