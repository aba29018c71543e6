internal import CLibvirt

extension Network {
    /// What is done to an entry of a network's.
    public enum UpdateCommand: Sendable {
        /// Changes the entry that matches.
        case modify
        /// Removes the entry that matches.
        case delete
        /// Adds it behind the others.
        case addLast
        /// Adds it before the others.
        case addFirst
    }

    /// Which kind of entry.
    public enum UpdateSection: Sendable {
        /// A DHCP reservation: `<host mac='…' name='…' ip='…'/>`.
        case ipDHCPHost
        /// A DHCP range: `<range start='…' end='…'/>`.
        case ipDHCPRange
        /// A name in the network's DNS: `<host ip='…'><hostname>…</hostname></host>`.
        case dnsHost
        /// A TXT record in the network's DNS: `<txt name='…' value='…'/>`.
        case dnsTXT
        /// An SRV record in the network's DNS.
        case dnsSRV
    }

    /// Changes one entry without restarting the network; dnsmasq knows it at once.
    /// - Parameters:
    ///   - parentIndex: which `<ip>` element, counted from 0; -1 finds it by itself.
    ///   - live: in the network that is up; an error when it is not.
    ///   - config: in the definition.
    /// - Throws: ``LibvirtError/Code/operationInvalid`` when an entry to add is there already or one to remove is not.
    public func update(
        command: UpdateCommand, section: UpdateSection, xml: String, parentIndex: Int32 = -1,
        live: Bool = true, config: Bool = true
    ) throws(LibvirtError) {
        let verb =
            switch command {
            case .modify: VIR_NETWORK_UPDATE_COMMAND_MODIFY
            case .delete: VIR_NETWORK_UPDATE_COMMAND_DELETE
            case .addLast: VIR_NETWORK_UPDATE_COMMAND_ADD_LAST
            case .addFirst: VIR_NETWORK_UPDATE_COMMAND_ADD_FIRST
            }
        let part =
            switch section {
            case .ipDHCPHost: VIR_NETWORK_SECTION_IP_DHCP_HOST
            case .ipDHCPRange: VIR_NETWORK_SECTION_IP_DHCP_RANGE
            case .dnsHost: VIR_NETWORK_SECTION_DNS_HOST
            case .dnsTXT: VIR_NETWORK_SECTION_DNS_TXT
            case .dnsSRV: VIR_NETWORK_SECTION_DNS_SRV
            }
        try check(
            virNetworkUpdate(
                handle, verb.rawValue, part.rawValue, parentIndex, xml, impact(live: live, config: config)),
            "update network \(name)")
    }
}
