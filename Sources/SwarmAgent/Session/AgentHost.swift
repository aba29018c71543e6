import NIOSSL
import SwarmRPC

/// What an agent needs of its node, and tells it.
public protocol AgentHost: Sendable {
    /// What to show to managers, and whom to believe; asked before each connection.
    func clientTLS() async throws -> NIOSSLContext
    /// `host:port` of the managers that are known, in any order.
    func managers() async -> [String]
    /// What to report: now, and whenever it has changed.
    func reports() async -> AsyncStream<NodeReport>
    /// What the leader wants the node to be.
    func take(_ orders: NodeOrders) async
    /// Whether there is a session with the leader; the reason, where there is none.
    func connection(_ trouble: String?) async
    /// The node is no longer part of the swarm.
    func removed() async
}
