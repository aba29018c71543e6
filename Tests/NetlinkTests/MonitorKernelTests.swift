import Netlink
import NetworkNamespaces
import Synchronization
import Testing

/// What the kernel tells of what other programs do.
@Suite(.enabled(if: NetworkNamespace.areAvailable, "needs root, to make network namespaces"), .timeLimit(.minutes(1)))
struct MonitorKernelTests {
    private let host: NetworkNamespace
    private let monitor: NetlinkMonitor

    init() throws {
        let host = try NetworkNamespace()
        self.host = host
        monitor = try host.run { try NetlinkMonitor() }
    }

    /// The first change of that kind, whatever comes before it.
    private func first(_ isIt: (NetlinkChange) -> Bool) async -> NetlinkChange? { await monitor.first(where: isIt) }

    @Test func whatOthersRemoveIsTold() async throws {
        try host.sh("ip link add swb-1 type bridge && ip link set swb-1 up")
        let made = await first { if case .link(let link, false) = $0 { link.name == "swb-1" && link.isUp } else { false } }
        guard case .link(let bridge, _)? = made else {
            Issue.record("the bridge is not told")
            return
        }
        #expect(bridge.kind == "bridge")
        try host.sh("ip addr add 10.0.1.4/24 dev swb-1 && ip addr del 10.0.1.4/24 dev swb-1")
        let address = InterfaceAddress(link: bridge.index, prefix: try #require(IPPrefix("10.0.1.4/24")))
        #expect(await first { $0 == .address(address, isRemoved: true) } != nil)
        try host.sh("ip neigh add 10.0.1.7 lladdr 02:42:0a:00:01:07 dev swb-1 nud permanent && ip neigh del 10.0.1.7 dev swb-1")
        #expect(
            await first {
                if case .neighbour(let neighbour, true) = $0 { neighbour.address == IPAddress("10.0.1.7") } else { false }
            } != nil)
        try host.sh(
            "ip link add swv-1 master swb-1 type vxlan id 5 dstport 4789 && bridge fdb add 02:42:0a:00:01:07 dev swv-1 master static"
        )
        try host.sh("bridge fdb del 02:42:0a:00:01:07 dev swv-1 master")
        #expect(
            await first {
                if case .forwarding(let entry, true) = $0 { entry.mac == MACAddress("02:42:0a:00:01:07") } else { false }
            } != nil)
        try host.sh("ip link del swb-1")
        #expect(await first { if case .link(let link, true) = $0 { link.index == bridge.index } else { false } } != nil)
    }

    @Test func transactionsOfNFTablesAreToldWithWhatTheyTouch() async throws {
        func next() async -> RulesetChange? {
            guard case .ruleset(let change) = await first({ if case .ruleset = $0 { true } else { false } }) else { return nil }
            return change
        }
        try host.sh("nft 'table inet swarmd { chain a { counter; }; }; table ip other { set s { type ipv4_addr; }; }'")
        let made = await next()
        #expect(made?.tables == ["swarmd", "other"] && made?.program == "nft" && made?.process ?? 0 > 0)
        try host.sh("nft add element ip other s { 10.0.0.1 }")
        #expect(await next()?.tables == ["other"])
        try host.sh("nft flush ruleset")
        #expect(await next()?.tables == ["swarmd", "other"])
    }

    @Test func whoFallsBehindIsToldThatSomethingWasMissed() async throws {
        let small = try host.run { try NetlinkMonitor(room: 3) }
        // More is told each time than is read.
        var read: NetlinkChange?
        while read != .missed, !Task.isCancelled {
            try host.sh("ip link add swb-1 type bridge && ip link set swb-1 up && ip link del swb-1")
            read = await small.first { _ in true }
        }
        // Who reads on hears what comes then.
        let isHeard = Flag()
        await withDiscardingTaskGroup { group in
            group.addTask { [small] in
                let told = await small.first { if case .link(let link, false) = $0 { link.name == "swb-2" } else { false } }
                #expect(told != nil)
                isHeard.value.store(true, ordering: .relaxed)
            }
            while !isHeard.value.load(ordering: .relaxed), !Task.isCancelled {
                _ = try? host.sh("ip link add swb-2 type bridge && ip link del swb-2")
            }
        }
    }

    @Test func aMonitorEndsWithItsTask() async throws {
        let task = Task { [monitor] in
            var count = 0
            for await _ in monitor { count += 1 }
            return count
        }
        task.cancel()
        #expect(await task.value >= 0)
    }

    private final class Flag: Sendable {
        let value = Atomic(false)
    }
}
