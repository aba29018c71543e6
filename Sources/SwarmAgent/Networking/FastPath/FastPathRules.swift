import NFTables
import Netlink

/// The rules that hand frames between containers straight from one interface to the other.
///
/// By way of the bridge they would come to the same end, its forwarding table being fixed by the same plan; but the bridge prepares each of
/// them for the rules for what is forwarded where the engine has told it to (`net.bridge.bridge-nf-call-iptables`), which costs an eighth
/// of a request between machines. What is not told of here goes by way of the bridge: broadcasts, what is for this node itself, as all is
/// that is to be translated, and whoever the bridge has not heard yet.
///
/// One table, `netdev swarmd-fast-path`, whose text follows from the plan and the containers' ports.
struct FastPathRules: Sendable, Equatable {
    static let none = Table(family: "netdev", name: "swarmd-fast-path")

    /// Empty where no network has a container here.
    private(set) var table = Self.none
    /// The kernel keeps a link's index, so where a link of the same name has taken its place, these are other rules.
    private let indexes: [String: Int32]

    init(_ plan: LinkPlan, _ found: ContainerPorts) {
        // Somebody who speaks in another's name is heard at two ports. Who is who then is the bridge's matter.
        let heard = Dictionary(grouping: Set(found.all)) { [$0.bridge, "\($0.mac)"] }
        let ports = Dictionary(grouping: heard.values.filter { $0.count == 1 }.joined(), by: \.bridge)
        var indexes: [String: Int32] = [:]
        for overlay in plan.overlays {
            guard let ports = ports[overlay.bridge] else { continue }
            for port in ports { indexes[port.name] = port.index }
            if let tunnel = overlay.tunnel { indexes[tunnel.name] = found.tunnels[tunnel.name] }
            let local = ports.map { "\($0.mac) : \"\($0.name)\"" }
            let remote = overlay.tunnel.map { tunnel in overlay.stations.map { "\($0.mac) : \"\(tunnel.name)\"" } } ?? []
            table.add("containers-\(overlay.bridge)", from: ports.map(\.name), to: local + remote)
            // What came from another node never goes to one: two that disagree on where somebody is would send it to and fro for ever.
            if let tunnel = overlay.tunnel { table.add("tunnel-\(overlay.bridge)", from: [tunnel.name], to: local) }
        }
        self.indexes = indexes
    }
}

extension Table {
    /// More are refused (`NFT_NETDEVICE_MAX`).
    private static let devicesPerChain = 256

    /// - Parameter elements: where frames for an Ethernet address go to: `02:42:0a:00:01:05 : "veth1"`.
    fileprivate mutating func add(_ name: String, from devices: [String], to elements: [String]) {
        lookups.append(Lookup(name, type: "ether_addr : iface_index", elements: elements))
        let devices = Set(devices).sorted().map { "\"\($0)\"" }
        for (number, start) in stride(from: 0, to: devices.count, by: Self.devicesPerChain).enumerated() {
            let some = devices[start...].prefix(Self.devicesPerChain).joined(separator: ", ")
            chains.append(
                Chain(
                    number == 0 ? name : "\(name)-\(number)",
                    hook: "filter hook ingress devices = { \(some) } priority filter",
                    rules: ["fwd to ether daddr map @\(name)"]))
        }
    }
}
