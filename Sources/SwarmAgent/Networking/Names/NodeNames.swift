import NIOCore
import NameService
import SwarmModel

/// The names of this node's networks, served on its own address in each.
actor NodeNames: NetworkLayer {
    private let nodeID: String
    private let server: NameServer
    private let path: String
    private var table: NameTable?
    private var own: Set<IPv4Address> = []

    /// - Parameter path: the file that names the servers for other names.
    init(nodeID: String, server: NameServer, path: String = "/etc/resolv.conf") {
        self.nodeID = nodeID
        self.server = server
        self.path = path
    }

    /// Takes over what there is now: names change first, then addresses to listen on. Networks need not be on the node yet.
    func apply(_ networks: NodeNetworks) async {
        own = Set(networks.networks.values.compactMap { IPv4Address(cidr: $0.address) })
        let listening = networks.networks.values.filter { !$0.isIngress }.compactMap { IPv4Address(cidr: $0.address) }
        let table = NameTable(networks, nodeID: nodeID, upstreams: ResolverFile.servers(path: path, except: own))
        self.table = table
        server.use(table)
        await server.listen(on: Set(listening))
    }

    /// Looks now and then whether the host asks other servers by now, until cancelled. Closes the sockets then.
    func run() async {
        while (try? await Task.sleep(for: .seconds(10))) != nil { refresh() }
        await server.stop()
    }

    func removeAll() async { await server.stop() }

    func refresh() {
        let upstreams = ResolverFile.servers(path: path, except: own)
        guard var table, table.upstreams != upstreams else { return }
        table.upstreams = upstreams
        self.table = table
        server.use(table)
    }
}
