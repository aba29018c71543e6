import SwarmModel

/// The names that node certificates carry.
enum NodeName {
    /// Whether an ID can stand in a certificate's subject: 1 to 64 (X.520's bound) letters, digits, `-`, `_` and `.`.
    static func isValid(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// The DNS names of a node's certificate: its role, itself, and `swarm-ca` on managers,
    /// because they are who signs certificates.
    static func dnsNames(nodeID: String, role: NodeRole) -> [String] {
        [role.certificateName, nodeID] + (role == .manager ? [RootAuthority.commonName] : [])
    }
}
