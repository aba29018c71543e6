import NFTables
import Netlink

extension BalancingRules {
    /// What keeps the packets of encrypted networks within WireGuard; nothing where no network is encrypted.
    ///
    /// WireGuard itself sees to it that a peer sends from its own address only.
    static func encryption(_ places: NetworkPlaces) -> [Chain] {
        let encrypted = places.all.filter(\.network.isEncrypted)
        guard !encrypted.isEmpty else { return [] }
        let device = "\"\(EncryptionPlan.device)\""
        let ports = "{ \(Set(encrypted.map(\.network.dataPathPort)).sorted().map { "\($0)" }.joined(separator: ", ")) }"
        // The network's number begins 12 bytes after UDP does, and has 24 bits.
        let numbers = "{ \(encrypted.map(\.network.vni).sorted().map { "\($0)" }.joined(separator: ", ")) }"
        return [
            Chain(
                "sealed-in", hook: "filter hook prerouting priority raw - 1",
                rules: [
                    "iifname \(device) ip6 daddr \(IPAddress(withinTunnelsOf: places.nodeID)) udp dport \(ports) accept",
                    "iifname \(device) counter drop",
                    // Whoever knows a network's number could put packets into it.
                    "udp dport \(ports) @th,96,24 \(numbers) fib daddr type local counter drop",
                    "iifname != \"lo\" ip6 saddr \(EncryptionPlan.block) counter drop",
                ]),
            // While the device is missing, its packets would go the way that all others go.
            Chain(
                "sealed-out", hook: "filter hook output priority filter - 1",
                rules: ["ip6 daddr \(EncryptionPlan.block) oifname != { \(device), \"lo\" } counter drop"]),
        ]
    }
}
