import NIOCore
import NameService
import SwarmModel

/// The names of this node's networks, served on its own address in each.
public actor NodeNames {
    private let server: NameServer
    private let path: String
    private var table: NameTable?
    private var own: Set<IPv4Address> = []

    /// - Parameter path: the file that names the servers for other names.
    public init(server: NameServer, path: String = "/etc/resolv.conf") {
        self.server = server
        self.path = path
    }

    /// Takes over what there is now: names change first, then addresses to listen on. Networks need not be on the node yet.
    ///
    /// - Parameter nameservers: by the IDs of this node's tasks, what their specs name in `DNSConfig.Nameservers`.
    public func take(_ networks: NodeNetworks, nodeID: String, nameservers: [String: [String]] = [:]) async {
        own = Set(networks.networks.values.compactMap { IPv4Address(cidr: $0.address) })
        let listening = networks.networks.values.filter { !$0.isIngress }.compactMap { IPv4Address(cidr: $0.address) }
        let upstreams = nameservers.compactMapValues { names in
            let servers = names.compactMap(ResolverFile.server)
            return servers.isEmpty ? nil : servers
        }
        let table = NameTable(
            networks, nodeID: nodeID, upstreams: ResolverFile.servers(path: path, except: own), taskUpstreams: upstreams)
        self.table = table
        server.use(table)
        await server.listen(on: Set(listening))
    }

    /// Looks now and then whether the host asks other servers by now, until cancelled. Closes the sockets then.
    public func run(every time: Duration = .seconds(10)) async {
        while (try? await Task.sleep(for: time)) != nil { refresh() }
        await server.stop()
    }

    func refresh() {
        let upstreams = ResolverFile.servers(path: path, except: own)
        guard var table, table.upstreams != upstreams else { return }
        table.upstreams = upstreams
        self.table = table
        server.use(table)
    }
}
