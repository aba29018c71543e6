import Foundation
import Libvirt

/// The libvirt network the machines are on: each has a reserved address, so it keeps it for life.
///
/// The default network is made when the first machine needs it and goes with the last one. All calls block.
struct LabNetwork: Sendable {
    /// The network that is made where none is named.
    static let defaultName = "swarmlab"
    static let defaultSubnet = IPv4Subnet(host: 0xC0A8_6301, prefix: 24)  // 192.168.99.1/24

    let network: Network
    let subnet: IPv4Subnet

    /// A machine's place in the network.
    struct Reservation: Sendable, Equatable {
        var name: String
        var mac: String
        var address: String
    }

    /// Finds the network, or makes it where it is ours to make, and sees that it is up.
    ///
    /// - Parameters:
    ///   - cidr: the subnet it must have; nil leaves the choice: 192.168.99.1/24, or the next free one.
    /// - Throws: `MachineError.failed`, `LibvirtError`.
    static func ensure(_ connection: Connection, name: String, cidr: IPv4Subnet?) throws -> LabNetwork {
        if let existing = try connection.network(named: name) {
            if try !existing.isActive { try existing.start() }
            let found = try LabNetwork(existing)
            if let cidr, cidr != found.subnet {
                throw MachineError.failed(
                    "the libvirt network \"\(name)\" has the subnet \(found.subnet), not \(cidr): "
                        + "remove the machines that are on it, or ask for \(found.subnet)")
            }
            return found
        }
        guard name == defaultName else {
            throw MachineError.failed(
                "there is no libvirt network \"\(name)\": \"virsh net-list --all\" lists those there are")
        }
        let subnet = try cidr ?? freeSubnet(connection)
        let network = try connection.defineNetwork(xml: xml(name: name, subnet: subnet))
        do {
            try network.start()
            try network.setAutostart(true)
        } catch {
            try? network.undefine()
            throw error
        }
        return LabNetwork(network: network, subnet: subnet)
    }

    /// The network of that name as it is; nil where there is none.
    static func find(_ connection: Connection, name: String) throws -> LabNetwork? {
        try connection.network(named: name).map(LabNetwork.init)
    }

    private init(network: Network, subnet: IPv4Subnet) {
        self.network = network
        self.subnet = subnet
    }

    private init(_ network: Network) throws {
        let xml = try network.xml()
        guard let subnet = Self.subnet(inXML: xml) else {
            throw MachineError.failed(
                "the libvirt network \"\(network.name)\" has no IPv4 address with DHCP: machines cannot live on it")
        }
        self.init(network: network, subnet: subnet)
    }

    /// Where the host, its name server and its image registry are for the machines.
    var gateway: String { IPv4Subnet.text(subnet.host) }

    /// The places that are taken.
    func reservations() throws -> [Reservation] { Self.reservations(inXML: try network.xml()) }

    /// Gives a machine a place, or the place it has already.
    ///
    /// - Parameter address: the address wanted; nil takes the lowest free one.
    func reserve(name: String, address: String?) throws -> Reservation {
        let taken = try reservations()
        if let mine = taken.first(where: { $0.name == name }) {
            guard address == nil || mine.address == address else {
                throw MachineError.failed(
                    "the name \"\(name)\" has the address \(mine.address) on network \"\(network.name)\" already")
            }
            return mine
        }
        // A guest of somebody else's may hold an address of the range without a reservation.
        let leased = Set((try? network.leases().map(\.address)) ?? [])
        let used = Set(taken.map(\.address))
        let chosen: UInt32
        if let address {
            guard subnet.canHold(address), let number = IPv4Subnet.number(address)
            else { throw MachineError.failed("the address \(address) is not one for a machine in \(subnet)") }
            guard !used.contains(address) else {
                throw MachineError.failed("the address \(address) is reserved for another machine")
            }
            chosen = number
        } else {
            let free = (subnet.firstMachine...subnet.lastMachine).first { number in
                let text = IPv4Subnet.text(number)
                return number != subnet.host && !used.contains(text)
                    && (network.name == Self.defaultName || !leased.contains(text))
            }
            guard let free else { throw MachineError.failed("all addresses of \(subnet) are taken") }
            chosen = free
        }
        let place = Reservation(name: name, mac: Self.mac(for: chosen), address: IPv4Subnet.text(chosen))
        try network.update(command: .addLast, section: .ipDHCPHost, xml: Self.xml(place))
        return place
    }

    /// Puts back a reservation that somebody removed, exactly as it was.
    func restore(_ place: Reservation) throws {
        guard try !reservations().contains(place) else { return }
        try network.update(command: .addLast, section: .ipDHCPHost, xml: Self.xml(place))
    }

    /// Frees a machine's place; none is fine.
    func release(name: String) throws {
        guard let place = try reservations().first(where: { $0.name == name }) else { return }
        try network.update(
            command: .delete, section: .ipDHCPHost, xml: Self.xml(place), live: try network.isActive)
    }

    /// Takes the default network down when no machine is left on it.
    ///
    /// - Returns: whether it did.
    func removeIfUnused() throws -> Bool {
        guard network.name == Self.defaultName, try reservations().isEmpty else { return false }
        if try network.isActive { try network.destroy() }
        try network.undefine()
        return true
    }

    /// An address always goes with the same MAC: dnsmasq remembers for an hour whom it leased an address
    /// to, and would refuse it to a new machine with another MAC.
    static func mac(for address: UInt32) -> String {
        let bytes: [UInt32] = [0x52, 0x54, 0x00, address >> 16 & 0xff, address >> 8 & 0xff, address & 0xff]
        return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
