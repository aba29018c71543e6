import Foundation
import FoundationXML
import Libvirt

extension LabNetwork {
    /// The definition of the default network (libvirt's network XML format).
    static func xml(name: String, subnet: IPv4Subnet) -> String {
        """
        <network>
          <name>\(XMLText.escape(name))</name>
          <forward mode='nat'/>
          <bridge stp='off' delay='0'/>
          <ip address='\(IPv4Subnet.text(subnet.host))' netmask='\(IPv4Subnet.text(subnet.mask))'>
            <dhcp>
              <range start='\(IPv4Subnet.text(subnet.firstMachine))' end='\(IPv4Subnet.text(subnet.lastMachine))'/>
            </dhcp>
          </ip>
        </network>
        """
    }

    static func xml(_ place: Reservation) -> String {
        "<host mac='\(place.mac)' name='\(XMLText.escape(place.name))' ip='\(place.address)'/>"
    }

    /// The first IPv4 subnet of a network's XML that has DHCP.
    static func subnet(inXML xml: String) -> IPv4Subnet? {
        for element in NetworkXML(xml).addresses where element["family"] != "ipv6" {
            guard let host = element["address"].flatMap(IPv4Subnet.number) else { continue }
            if let mask = element["netmask"].flatMap(IPv4Subnet.number) {
                return IPv4Subnet(host: host, prefix: mask.nonzeroBitCount)
            }
            if let prefix = element["prefix"].flatMap({ Int($0) }) { return IPv4Subnet(host: host, prefix: prefix) }
        }
        return nil
    }

    static func reservations(inXML xml: String) -> [Reservation] {
        NetworkXML(xml).hosts.compactMap { host in
            guard let mac = host["mac"], let address = host["ip"] else { return nil }
            return Reservation(name: host["name"] ?? "", mac: mac, address: address)
        }
    }

    /// The first subnet from 192.168.99.1/24 downwards that neither an interface of the host nor another
    /// libvirt network is in.
    static func freeSubnet(_ connection: Connection) throws -> IPv4Subnet {
        let taken = try HostInterfaces.subnets() + connection.networks().compactMap { subnet(inXML: try $0.xml()) }
        guard let free = firstFree(besides: taken) else {
            throw MachineError.failed("no free /24 in 192.168.0.0/16: name one with --libvirt-cidr")
        }
        return free
    }

    static func firstFree(besides taken: [IPv4Subnet]) -> IPv4Subnet? {
        ((1...99).reversed() + (100...254))
            .map { IPv4Subnet(host: 0xC0A8_0001 | UInt32($0) << 8, prefix: 24) }
            .first { candidate in !taken.contains { $0.overlaps(candidate) } }
    }
}

/// What is read of a network's XML: the `ip` elements that have DHCP, and their `host` elements.
private struct NetworkXML {
    var addresses: [[String: String]] = []
    var hosts: [[String: String]] = []

    init(_ xml: String) {
        let reader = Reader()
        let parser = XMLParser(data: Data(xml.utf8))
        parser.delegate = reader
        _ = parser.parse()
        addresses = reader.addresses
        hosts = reader.hosts
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var addresses: [[String: String]] = []
        var hosts: [[String: String]] = []
        private var path: [String] = []
        private var current: [String: String] = [:]

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            path.append(name)
            switch path {
            case ["network", "ip"]: current = attributes
            case ["network", "ip", "dhcp"]: addresses.append(current)
            case ["network", "ip", "dhcp", "host"]: hosts.append(attributes)
            default: break
            }
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) {
            path.removeLast()
        }
    }
}
