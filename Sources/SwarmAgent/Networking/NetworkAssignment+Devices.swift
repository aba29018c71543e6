import SwarmModel

/// What the devices of a network are called on every node.
extension NetworkAssignment {
    /// The bridge that its containers are on.
    var bridge: String { LinkPlan.bridge(of: id) }
    /// The VXLAN device to other nodes.
    var tunnel: String { LinkPlan.tunnel(of: id) }
}
