import Glibc
import Netlink

extension LinkTable {
    /// Makes the kernel's WireGuard as the plan says, and changes only what differs.
    ///
    /// - Returns: whether the kernel has WireGuard; where it has none, nothing is made.
    func make(_ plan: EncryptionPlan) async throws(NetlinkError) -> Bool {
        let result: Result<Bool, NetlinkError> = await onThread { [route] in
            Result { () throws(NetlinkError) in try EncryptionReconciler(route: route, plan: plan).run() }
        }
        return try result.get()
    }

    /// Removes the device of WireGuard that was made, if there is one.
    func removeEncryption() async throws(NetlinkError) {
        let result: Result<Void, NetlinkError> = await onThread { [route] in
            Result { () throws(NetlinkError) in
                if let link = try route.link(named: EncryptionPlan.device) { try route.remove(link) }
            }
        }
        try result.get()
    }
}

/// One pass from what the kernel has of WireGuard to what is planned.
private struct EncryptionReconciler {
    let route: RouteConnection
    let plan: EncryptionPlan

    func run() throws(NetlinkError) -> Bool {
        guard let link = try device() else { return false }
        var settings = LinkSettings()
        if link.mtu != plan.mtu { settings.mtu = plan.mtu }
        if let generation = link.ipv6AddressGeneration, generation != .none {
            settings.ipv6AddressGeneration = IPv6AddressGeneration.none
        }
        if !settings.isEmpty { try route.set(link, settings) }
        let wireGuard = try WireGuardConnection()
        if let settings = plan.changes(to: try wireGuard.device(link.name)) { try wireGuard.set(link.name, settings) }
        if !link.isUp { try route.set(link, LinkSettings(isUp: true)) }
        // The kernel takes addresses from a device that goes down.
        let wanted = InterfaceAddress(link: link.index, prefix: plan.address)
        let addresses = try route.addresses(ipv6: true).filter { $0.link == link.index }
        for address in addresses where address != wanted { try route.remove(address) }
        if !addresses.contains(wanted) {
            allowIPv6()
            try route.add(wanted)
        }
        return true
    }

    /// The device, made where there is none, or something else of its name; nil where the kernel knows no such kind.
    private func device() throws(NetlinkError) -> Link? {
        if let found = try route.link(named: EncryptionPlan.device) {
            if found.kind == "wireguard" { return found }
            try route.remove(found)
        }
        do throws(NetlinkError) {
            try route.makeWireGuard(EncryptionPlan.device, LinkSettings(mtu: plan.mtu))
        } catch  where error.code == EOPNOTSUPP {
            return nil
        }
        guard let made = try route.link(named: EncryptionPlan.device) else {
            throw NetlinkError(code: ENODEV, doing: "find the link \(EncryptionPlan.device)")
        }
        return made
    }

    /// Where people have switched IPv6 off, they do not mean a device of which nothing is seen outside.
    private func allowIPv6() {
        let file = open("/proc/sys/net/ipv6/conf/\(EncryptionPlan.device)/disable_ipv6", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, "0", 1)
        close(file)
    }
}
