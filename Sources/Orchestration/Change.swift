import SwarmModel

/// What is to change in the store so that the swarm comes nearer to what people want.
public enum Change: Sendable, Equatable {
    case create(TaskRecord)
    case update(TaskRecord)
    case deleteTask(String)
    /// Of a service, how far its update has come, or its spec after a rollback.
    case service(Service)
    /// The last task of a removed service has gone.
    case deleteService(String)
    /// A node gets its place in a network.
    case peer(NetworkPeer)
    case removePeer(network: String, node: String)

    /// Of the object that is changed.
    public var id: String {
        switch self {
        case .create(let task), .update(let task): task.id
        case .deleteTask(let id), .deleteService(let id): id
        case .service(let service): service.id
        case .peer(let peer): "\(peer.networkID)/\(peer.nodeID)"
        case .removePeer(let network, let node): "\(network)/\(node)"
        }
    }
}
