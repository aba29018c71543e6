import DockerAPI
import SwarmModel

/// Who has which address in which of the swarm's networks: services' virtual addresses, tasks' and nodes' own.
///
/// What it is told of counts as given out; what it gives out is told on by its caller. Addresses come back when a task has ended or its
/// object goes, when a service no longer is in a network, and when a node's last task in a network has ended.
struct NetworkBook {
    private struct Entry {
        var network: Network
        var pool: AddressPool
        /// When the task was made that has got an address last, as far as that is known from others.
        var newest: Timestamp?
        var peers: [String: IPv4Address] = [:]
        /// Tasks that have an address and a node, by nodes.
        var members: [String: Set<String>] = [:]
    }

    /// Why there is no address.
    struct Refusal: Error, Equatable {
        var reason: String
    }

    /// Whether it is known.
    func has(_ network: String) -> Bool { networks[network] != nil }

    private var networks: [String: Entry] = [:]
    /// Addresses by networks.
    private var tasks: [String: [String: IPv4Address]] = [:]
    private var services: [String: [String: IPv4Address]] = [:]
    /// Nodes' places in networks, as pairs of IDs, that may have lost their last task.
    private var left: Set<[String]> = []
    /// Places of nodes in networks that are no more.
    private var orphans: [Change] = []
    /// Whether an address has come back, so that it is worth trying again where none was left.
    var hasReturned = false

    /// The network of the routing mesh.
    private(set) var ingress: String?

    // MARK: What there is

    mutating func put(_ network: Network) {
        if network.isIngress { ingress = network.id }
        if networks[network.id] != nil {
            networks[network.id]?.network = network
            return
        }
        guard let subnet = network.subnets.first, let block = IPv4Block(subnet.block) else { return }
        var pool = AddressPool(block, range: subnet.range.flatMap { IPv4Block($0) })
        if let gateway = IPv4Address(subnet.gateway) { pool.reserve(gateway) }
        networks[network.id] = Entry(network: network, pool: pool)
        hasReturned = true
    }

    mutating func removeNetwork(_ id: String) {
        if ingress == id { ingress = nil }
        guard let entry = networks.removeValue(forKey: id) else { return }
        for node in entry.peers.keys.sorted() { orphans.append(.removePeer(network: id, node: node)) }
    }

    /// A node has its place in a network from before.
    mutating func put(_ peer: NetworkPeer) {
        guard networks[peer.networkID] != nil else {
            return orphans.append(.removePeer(network: peer.networkID, node: peer.nodeID))
        }
        guard let address = IPv4Address(cidr: peer.address), networks[peer.networkID]?.pool.reserve(address) == true else {
            return
        }
        networks[peer.networkID]?.peers[peer.nodeID] = address
        left.insert([peer.networkID, peer.nodeID])
    }

    mutating func removeNode(_ id: String) {
        for network in networks.keys.sorted() { drop(id, from: network) }
    }

    private mutating func drop(_ node: String, from network: String) {
        guard let address = networks[network]?.peers.removeValue(forKey: node) else { return }
        release(address, in: network)
        orphans.append(.removePeer(network: network, node: node))
    }

    private mutating func release(_ address: IPv4Address, in network: String) {
        networks[network]?.pool.release(address)
        hasReturned = true
    }

    mutating func put(_ task: TaskRecord) {
        guard !task.status.state.isTerminal else { return removeTask(task.id, on: task.nodeID) }
        for attachment in task.networks where networks[attachment.networkID] != nil {
            let id = attachment.networkID
            if tasks[task.id]?[id] == nil {
                guard let text = attachment.addresses.first, let address = IPv4Address(cidr: text),
                    networks[id]?.pool.reserve(address) == true
                else { continue }
                tasks[task.id, default: [:]][id] = address
                if networks[id]?.newest.map({ $0 < task.createdAt }) ?? true {
                    networks[id]?.newest = task.createdAt
                    networks[id]?.pool.proceed(after: address)
                }
            }
            if let node = task.nodeID { networks[id]?.members[node, default: []].insert(task.id) }
        }
    }

    mutating func removeTask(_ id: String, on node: String?) {
        for (network, address) in tasks.removeValue(forKey: id) ?? [:] {
            release(address, in: network)
            guard let node else { continue }
            networks[network]?.members[node]?.remove(id)
            left.insert([network, node])
        }
    }

    mutating func put(_ service: Service) {
        var kept: [String: IPv4Address] = [:]
        for virtual in service.endpoint?.virtualIPs ?? [] {
            guard let text = virtual.address, let address = IPv4Address(cidr: text) else { continue }
            if services[service.id]?[virtual.networkID] == address || networks[virtual.networkID]?.pool.reserve(address) == true {
                kept[virtual.networkID] = address
            }
        }
        for (network, address) in services[service.id] ?? [:] where kept[network] != address { release(address, in: network) }
        services[service.id] = kept
    }

    mutating func removeService(_ id: String) {
        for (network, address) in services.removeValue(forKey: id) ?? [:] { release(address, in: network) }
    }

    // MARK: What is given out

    private mutating func allocate(in id: String) throws(Refusal) -> (IPv4Address, text: String) {
        guard let entry = networks[id] else { throw Refusal(reason: "network \(id) not found") }
        guard let address = networks[id]?.pool.allocate() else {
            throw Refusal(
                reason: "could not find an available IP in network \(entry.network.name) (\(entry.pool.block)): "
                    + "use a network with a larger subnet")
        }
        return (address, entry.pool.block.text(of: address))
    }

    /// Gives out the address that somebody asks for.
    private mutating func take(_ address: IPv4Address, in id: String) throws(Refusal) -> (IPv4Address, text: String) {
        guard let entry = networks[id] else { throw Refusal(reason: "network \(id) not found") }
        let (name, block) = (entry.network.name, entry.pool.block)
        guard block.hosts.contains(address.number) else {
            throw Refusal(reason: "invalid address \(address): it is none of a host in the subnet \(block) of network \(name)")
        }
        guard networks[id]?.pool.reserve(address) == true else {
            throw Refusal(reason: "Address already in use: somebody has \(address) in network \(name)")
        }
        return (address, block.text(of: address))
    }

    /// The service with a virtual address in each network that it is in; nil where it has all of that.
    mutating func allocating(_ service: Service) -> Service? {
        guard !service.isRemoved else { return nil }
        let isVirtual = service.spec.endpoint?.mode != "dnsrr"
        let wanted = isVirtual ? service.spec.taskTemplate.networkIDs + ingress(for: service.spec.endpoint) : []
        var service = service
        let old = service
        var addresses: [SwarmService.VirtualIP] = []
        service.allocationError = nil
        for network in wanted {
            // What it has is known here; what it says may be from before an update.
            if let present = services[service.id]?[network], let block = networks[network]?.pool.block {
                addresses.append(SwarmService.VirtualIP(networkID: network, address: block.text(of: present)))
                continue
            }
            do throws(Refusal) {
                let (address, text) = try allocate(in: network)
                services[service.id, default: [:]][network] = address
                addresses.append(SwarmService.VirtualIP(networkID: network, address: text))
            } catch {
                service.allocationError = error.reason
            }
        }
        if addresses != old.endpoint?.virtualIPs ?? [] {
            service.endpoint = service.endpoint ?? SwarmService.Endpoint(spec: service.spec.endpoint ?? EndpointSpec())
            service.endpoint?.virtualIPs = addresses.isEmpty ? nil : addresses
            put(service)
        }
        return service == old ? nil : service
    }

    private func ingress(for endpoint: EndpointSpec?) -> [String] {
        guard endpoint?.hasIngressPorts ?? false, endpoint?.mode != "dnsrr", let ingress else { return [] }
        return [ingress]
    }

    /// A task that has a node, with an address in each network that it is in, and places for the node there, as far as it has none.
    ///
    /// - Parameter asked: the addresses that it is to have, by networks; any in the others.
    /// - Throws: where one of the networks has no address left, or not the one that is asked for. Nothing is given out then.
    mutating func attaching(
        _ task: TaskRecord, asked: [String: IPv4Address] = [:]
    ) throws(Refusal) -> (TaskRecord, [NetworkPeer]) {
        var (task, peers) = (task, [NetworkPeer]())
        var given: [(network: String, address: IPv4Address)] = []
        do throws(Refusal) {
            for id in task.spec.networkIDs + ingress(for: task.endpoint)
            where !task.networks.contains(where: { $0.networkID == id }) {
                let (address, text) = if let wanted = asked[id] { try take(wanted, in: id) } else { try allocate(in: id) }
                given.append((id, address))
                let aliases = task.spec.networks?.first { $0.target == id }?.aliases ?? []
                task.networks.append(TaskRecord.Attachment(networkID: id, addresses: [text], aliases: aliases))
            }
            for attachment in task.networks {
                if let node = task.nodeID, let peer = try place(node, in: attachment.networkID) { peers.append(peer) }
            }
        } catch {
            // Nobody is to try again for what has only come back from here.
            for (id, address) in given { networks[id]?.pool.release(address) }
            for peer in peers {
                guard let address = networks[peer.networkID]?.peers.removeValue(forKey: peer.nodeID) else { continue }
                networks[peer.networkID]?.pool.release(address)
            }
            throw error
        }
        for (id, address) in given { tasks[task.id, default: [:]][id] = address }
        put(task)
        return (task, peers)
    }

    private mutating func place(_ node: String, in network: String) throws(Refusal) -> NetworkPeer? {
        guard networks[network] != nil, networks[network]?.peers[node] == nil else { return nil }
        let (address, text) = try allocate(in: network)
        networks[network]?.peers[node] = address
        return NetworkPeer(networkID: network, nodeID: node, address: text)
    }

    /// Places for nodes in the network of the routing mesh, in which all of them are. Where it has no address left, some are not.
    mutating func placingInIngress(_ nodes: some Collection<String>) -> [NetworkPeer] {
        guard let ingress, let entry = networks[ingress], entry.peers.count < nodes.count else { return [] }
        var peers: [NetworkPeer] = []
        for node in nodes.sorted() where entry.peers[node] == nil {
            guard let peer = try? place(node, in: ingress) else { break }
            peers.append(peer)
        }
        return peers
    }

    /// Places of nodes in networks that are needed no more.
    mutating func leaving() -> [Change] {
        for place in left.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let (network, node) = (place[0], place[1])
            guard network != ingress, networks[network]?.members[node]?.isEmpty ?? true else { continue }
            networks[network]?.members[node] = nil
            drop(node, from: network)
        }
        left = []
        defer { orphans = [] }
        // A node that has come again meanwhile has a place again.
        return orphans.filter {
            guard case .removePeer(let network, let node) = $0 else { return true }
            return networks[network]?.peers[node] == nil
        }
    }
}
