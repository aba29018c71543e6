import NameService
import SwarmModel

/// What is called how in one network.
///
/// Strings are those of `NodeNetworks` where they are in lower case already, as nearly all are: then they take no memory of their own.
struct NameZone: Sendable {
    /// As it is written behind names: `web.mynet`.
    let name: String
    /// In lower case.
    let key: String
    private let subnet: IPv4Block?
    private var services: [Service] = []
    private var names: [String: Entry] = [:]
    /// By address, what is there: the name of a container, or of a service.
    private var owners: [IPv4Address: String] = [:]

    fileprivate struct Service {
        /// Nil where the addresses of tasks stand for it.
        var virtualIP: IPv4Address?
        /// Tasks that something may be sent to.
        var ready: [IPv4Address] = []
    }

    private enum Entry {
        /// An index into `services`, for nearly all names the only one.
        case service(Int32)
        case services([Int32])
        /// A container, ready or not.
        case container(IPv4Address)
        /// The ready ones of tasks that share an alias.
        case tasks([IPv4Address])
    }

    init(_ network: NetworkAssignment) {
        name = network.name
        key = network.name.nameKey
        subnet = IPv4Block(network.subnet)
    }

    /// Adds a service. All services come before the first endpoint.
    ///
    /// - Returns: its number, for its endpoints.
    mutating func add(_ service: ServiceAssignment) -> Int32 {
        let number = Int32(services.count)
        let address = service.mode == "dnsrr" ? nil : service.virtualIP.flatMap(IPv4Address.init(cidr:))
        services.append(Service(virtualIP: address))
        if let address { owners[address] = service.name }
        add(number, as: service.name)
        for alias in service.aliases { add(number, as: alias) }
        return number
    }

    /// Adds an endpoint of that service, or of one that is not there any more.
    mutating func add(_ endpoint: EndpointAssignment, of service: Int32?) {
        guard let address = endpoint.addresses.first.flatMap(IPv4Address.init(cidr:)) else { return }
        // A plain container is called by its aliases.
        owners[address] = endpoint.serviceID.isEmpty ? endpoint.aliases.first ?? endpoint.taskName : endpoint.taskName
        let key = endpoint.taskName.nameKey
        if names[key] == nil { names[key] = .container(address) }
        if endpoint.isReady, let service { services[Int(service)].ready.append(address) }
        for alias in endpoint.aliases { add(address, isReady: endpoint.isReady, as: alias) }
    }

    /// Services may share an alias: then it stands for all of them.
    private mutating func add(_ service: Int32, as name: String) {
        let key = name.nameKey
        switch names[key] {
        case .service(let other) where other != service: names[key] = .services([other, service])
        case .services(let others) where !others.contains(service): names[key] = .services(others + [service])
        case .service, .services: break
        case nil, .container, .tasks: names[key] = .service(service)
        }
    }

    /// A name that a service has is that service's: tasks have the aliases of theirs besides.
    private mutating func add(_ address: IPv4Address, isReady: Bool, as alias: String) {
        let key = alias.nameKey
        let ready = isReady ? [address] : []
        switch names[key] {
        case nil: names[key] = .tasks(ready)
        case .tasks(let others): names[key] = .tasks(others + ready)
        case .service, .services, .container: break
        }
    }

    /// Where something is, in no order; empty where there is such a name but nothing to be sent to, nil where there is no such name.
    ///
    /// - Parameter key: in lower case, without the network's name.
    func addresses(of key: String) -> [IPv4Address]? {
        if let entry = names[key] {
            return switch entry {
            case .container(let address): [address]
            case .tasks(let addresses): addresses
            case .service, .services: Self.indices(of: entry).flatMap { services[Int($0)].addresses }
            }
        }
        guard key.utf8.starts(with: Self.tasks.utf8), let entry = names[String(key.dropFirst(Self.tasks.utf8.count))] else {
            return nil
        }
        let indices = Self.indices(of: entry)
        return indices.isEmpty ? nil : indices.flatMap { services[Int($0)].ready }
    }

    private static let tasks = "tasks."

    private static func indices(of entry: Entry) -> [Int32] {
        switch entry {
        case .service(let index): [index]
        case .services(let indices): indices
        case .container, .tasks: []
        }
    }

    /// Whether the address is one of this network, whoever has it.
    func contains(_ address: IPv4Address) -> Bool { subnet?.contains(address) ?? false }

    /// What has that address, without the network's name.
    func owner(of address: IPv4Address) -> String? { owners[address] }
}

extension NameZone.Service {
    fileprivate var addresses: [IPv4Address] { virtualIP.map { [$0] } ?? ready }
}
