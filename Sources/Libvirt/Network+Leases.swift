internal import CLibvirt
import Glibc

/// An address that libvirt's DHCP server has given out.
public struct DHCPLease: Hashable, Sendable {
    /// The hardware address it went to, where known.
    public var mac: String?
    /// The address.
    public var address: String
    /// The prefix length of its network.
    public var prefix: Int
    /// The name that the guest gave, if it did.
    public var hostname: String?
    /// When it ends, in seconds since 1970-01-01 00:00 UTC; 0 is never.
    public var expiry: Int64

    /// A lease of these parts.
    public init(mac: String?, address: String, prefix: Int, hostname: String?, expiry: Int64) {
        (self.mac, self.address, self.prefix) = (mac, address, prefix)
        (self.hostname, self.expiry) = (hostname, expiry)
    }
}

extension Network {
    /// The leases that have not ended.
    /// - Parameter mac: only those of this hardware address.
    public func leases(mac: String? = nil) throws(LibvirtError) -> [DHCPLease] {
        var array: UnsafeMutablePointer<virNetworkDHCPLeasePtr?>?
        let count = try check(virNetworkGetDHCPLeases(handle, mac, &array, 0), "read the DHCP leases of network \(name)")
        defer { free(array) }
        return UnsafeBufferPointer(start: array, count: Int(count)).compactMap { entry in
            guard let entry else { return nil }
            defer { virNetworkDHCPLeaseFree(entry) }
            return DHCPLease(entry.pointee)
        }
    }
}

extension DHCPLease {
    init(_ lease: virNetworkDHCPLease) {
        mac = lease.mac.map { String(cString: $0) }
        address = lease.ipaddr.map { String(cString: $0) } ?? ""
        prefix = Int(lease.prefix)
        hostname = lease.hostname.map { String(cString: $0) }
        expiry = lease.expirytime
    }
}
