import DockerAPI
import SwarmModel

/// Places of plain containers in networks. Nothing is decided of them but their addresses: people start and remove such containers where
/// they like.
extension Orchestrator {
    /// Whether a network is known, so that something can be put into it.
    public func knows(network: String) -> Bool { book.has(network) }

    /// Gives a container its place in a network, and its node one there, where it has none yet. `decide` tells of it.
    ///
    /// - Parameters:
    ///   - attachment: names its node and the one network; it has no address yet.
    ///   - address: the one that it is to have; nil for any.
    /// - Returns: what it has got.
    /// - Throws: why it gets none.
    public mutating func attach(
        _ attachment: TaskRecord, address: IPv4Address?, now: Timestamp
    ) throws(APIError) -> TaskRecord {
        guard let node = attachment.nodeID, nodes[node] != nil else {
            throw .remote(.notFound, "node \(attachment.nodeID ?? "") not found")
        }
        var asked: [String: IPv4Address] = [:]
        if let address, let network = attachment.spec.networkIDs.first { asked[network] = address }
        do throws(NetworkBook.Refusal) {
            var (task, peers) = try book.attaching(attachment, asked: asked)
            task.enter(.assigned, now: now, message: "the container has its place in the network")
            keep(task)
            placed += peers.map(Change.peer) + [.create(task)]
            return task
        } catch {
            throw .remote(.failedPrecondition, error.reason)
        }
    }

    /// Takes back a container's place, or those of all containers of a node.
    ///
    /// - Parameter id: nil for all.
    public mutating func detach(_ id: String?, from node: String) {
        for task in tasks.values where task.isAttachment && task.nodeID == node && (id ?? task.id) == task.id {
            withdrawn.insert(task.id)
        }
    }
}
