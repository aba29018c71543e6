import NFTables

extension BalancingRules {
    /// Where connections to virtual addresses and published ports go, and as whom they arrive.
    static func translation(_ places: NetworkPlaces) -> [Chain] {
        var sources = [
            // Whoever is asked could answer past this node, being in the same network as who asks.
            "ct status dnat ct original ip daddr @virtual snat ip to oifname map @own"
        ]
        if let ingress = places.ingress {
            let bridge = "ct status dnat oifname \(ingress.quoted)"
            sources += [
                // A task of this node answers through this node anyway, so it may see who asks; and one of another node whose answers
                // come back here by `ReturnRules`. But not this node itself, whose loopback address is nothing to answer to, nor
                // others in networks of the swarm, where there are shorter ways. SCTP answers from the address that is next to who asks,
                // whichever was asked.
                "\(bridge) meta l4proto != sctp ip daddr @reachable ip saddr != @subnets fib saddr type != local accept",
                "\(bridge) snat ip to \(ingress.address)",
            ]
        }
        // Where several services have the same port of all of this node's addresses, this is the one that counts: a virtual address is
        // an address of this node, too, but only for those in its network.
        let port = "fib daddr type local meta l4proto . th dport vmap @published"
        return [
            Chain(
                "prerouting", hook: "nat hook prerouting priority dstnat - 1",
                rules: ["iifname \(ours) fib daddr . iif type local ip daddr vmap @balanced", port]),
            Chain("output", hook: "nat hook output priority -101", rules: ["ip daddr vmap @balanced", port]),
            Chain("postrouting", hook: "nat hook postrouting priority srcnat - 1", rules: sources),
        ]
    }

    /// Who may talk to whom.
    static let isolation = [
        Chain(
            "forward", hook: "filter hook forward priority filter - 1",
            rules: [
                "iifname != \(ours) oifname != \(ours) accept",
                // Nearly all packets: their connection's first one has been judged by what follows.
                "ct state established,related accept",
                "iifname . oifname @within accept",
                // What connection tracking does not understand was not translated, and would be told to go away by whom it does not
                // concern.
                "ct state invalid drop",
                "meta nfproto ipv6 drop",
                // Containers that are in internal networks only have no way out, nor in.
                "iifname @internal ip saddr != @connected counter drop",
                "oifname @internal ip daddr != @connected counter drop",
                // Published ports, also those of the engine.
                "ct status dnat accept",
                "oifname \(ours) counter drop",
            ]),
        Chain(
            "input", hook: "filter hook input priority filter - 1",
            rules: [
                "iifname \(ours) ct state invalid drop",
                "ct state new ip daddr @virtual goto unbalanced",
                "ct state new meta l4proto . th dport @unready goto refuse",
                // An internal network ends at this node's address in it.
                "iifname @internal ip saddr != @connected fib daddr . iif type unicast counter drop",
            ]),
        // Virtual addresses are this node's, so that it answers to ping, but nothing of this node is to be found there.
        Chain("unbalanced", rules: ["ct state invalid drop", "ip protocol icmp accept", "goto refuse"]),
        Chain("refuse", rules: ["meta l4proto tcp reject with tcp reset", "reject with icmpx port-unreachable"]),
        // A container that is sent back into its network has no shorter way.
        Chain("redirects", hook: "filter hook output priority filter - 1", rules: ["oifname \(ours) icmp type redirect drop"]),
    ]

    /// What is not believed, before anything else looks at it, and what connection tracking need not know.
    ///
    /// Packets between nodes, and frames that pass from one container of a network to another's, are many and are never translated.
    /// Looking each of them up, in both of its forms, took a fifth to a third of what goes through between containers.
    static func early(_ places: NetworkPlaces) -> [Chain] {
        let ports = places.dataPathPorts
        return [
            Chain(
                "early", hook: "filter hook prerouting priority raw",
                rules: ["iifname \(ours) jump frames"] + ports.map { "udp dport \($0) goto carriers" }),
            Chain(
                "frames",
                rules: [
                    // The kernel is told to route loopback addresses there, so that this node reaches published ports by them.
                    "ip daddr 127.0.0.0/8 drop",
                    "ip saddr 127.0.0.0/8 drop",
                    // What is for this node itself comes from a virtual address, or goes there. A client's own address comes from
                    // elsewhere.
                    "ether daddr != @bridges ip saddr @subnets ip daddr @subnets notrack",
                ]),
            Chain(
                "carriers",
                rules: [
                    "fib daddr type != local accept",
                    "ip saddr @peers notrack accept",
                    "ip6 saddr @peers6 notrack accept",
                    // Whoever can send such a packet is in the network that it names.
                    "counter drop",
                ]),
            Chain(
                "untracked", hook: "filter hook output priority raw",
                rules: ports.flatMap {
                    ["udp dport \($0) ip daddr @peers notrack accept", "udp dport \($0) ip6 daddr @peers6 notrack accept"]
                }),
        ]
    }
}
