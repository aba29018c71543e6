import SwarmModel

/// What the devices of a network are called on every node. Interfaces have names of at most 15 characters.
extension NetworkAssignment {
    static let bridgePrefix = "swb-"
    static let tunnelPrefix = "swv-"

    /// The bridge that its containers are on.
    var bridge: String { Self.bridgePrefix + id.prefix(10) }
    /// The VXLAN device to other nodes.
    var tunnel: String { Self.tunnelPrefix + id.prefix(10) }
}
