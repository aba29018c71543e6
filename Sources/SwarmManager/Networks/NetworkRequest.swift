import DockerAPI
import SwarmModel

/// What managers refuse of a new network, in the words of Swarm mode where it has some.
extension NetworkCreateRequest {
    /// - Throws: what is wrong with it by itself.
    func spec() throws(APIError) -> NetworkSpec {
        let name = name ?? ""
        guard !["bridge", "host", "none", "default"].contains(name) else {
            throw APIError(403, "\(name) is a pre-defined network and cannot be created")
        }
        try ServiceValidation.checkName(name)
        let driver = driver.nonEmpty ?? "overlay"
        guard driver == "overlay" else {
            if isIngress == true { throw APIError(403, "Ingress network can only be global scope network") }
            throw .remote(
                .unimplemented, "networks of the swarm have the driver overlay; \(driver) is available on each node by itself")
        }
        if isIngress == true, isAttachable == true { throw .remote(.invalidArgument, "ingress network cannot be attachable") }
        if isIPv6Enabled == true { throw .remote(.unimplemented, "networks of the swarm have no IPv6 addresses") }
        if let driver = ipam?.driver, !["", "default"].contains(driver) {
            throw .remote(
                .unimplemented,
                "the addresses of a swarm's network are given out by the swarm: IPAM driver \(driver) is not available")
        }
        if let mtu = options?[NetworkOption.mtu], Int(mtu).map((68...65_535).contains) != true {
            throw ServiceValidation.refusal("invalid MTU \"\(mtu)\": it is a number of bytes from 68 to 65535")
        }
        let configs = try pools()
        return NetworkSpec(
            name: name, labels: labels.nonEmpty, driver: LogDriver(name: driver, options: options.nonEmpty),
            isInternal: isInternal == true ? true : nil, isAttachable: isAttachable == true ? true : nil,
            isIngress: isIngress == true ? true : nil,
            ipam: IPAMOptions(driver: LogDriver(name: "default"), configs: configs.isEmpty ? nil : configs), scope: "swarm")
    }

    private func pools() throws(APIError) -> [IPAMConfig] {
        let pools = (ipam?.config ?? []).filter { $0 != IPAMPool() }
        guard pools.count <= 1 else { throw .remote(.unimplemented, "a network of the swarm has one subnet") }
        guard let pool = pools.first else { return [] }
        func refusal(_ text: String) -> APIError { APIError(400, "invalid network config:\n\(text)") }
        guard let subnet = pool.subnet.nonEmpty else { throw refusal("a gateway or an ip-range needs a subnet") }
        guard let block = IPv4Block(subnet) else {
            if subnet.contains(":") { throw .remote(.unimplemented, "networks of the swarm have no IPv6 addresses") }
            throw refusal("invalid subnet \(subnet): invalid CIDR block notation")
        }
        guard IPv4Block.isExact(subnet) else { throw refusal("invalid subnet \(subnet): it should be \(block)") }
        // Gateway, one node, one task.
        guard block.length <= 29, block.length >= 8 else {
            throw refusal("invalid subnet \(subnet): a network of the swarm has a prefix of 8 to 29 bits")
        }
        if let range = pool.range.nonEmpty {
            guard let part = IPv4Block(range) else { throw refusal("invalid ip-range \(range): invalid CIDR block notation") }
            guard IPv4Block.isExact(range) else { throw refusal("invalid ip-range \(range): it should be \(part)") }
            guard block.contains(part) else { throw refusal("invalid ip-range \(range): it is not in the subnet \(subnet)") }
        }
        if let gateway = pool.gateway.nonEmpty {
            guard let address = IPv4Address(gateway) else { throw refusal("invalid gateway address: \(gateway)") }
            guard block.hosts.contains(address.number) else {
                throw refusal("invalid gateway \(gateway): it is no host's address of the subnet \(subnet)")
            }
        }
        return [IPAMConfig(subnet: block.description, range: pool.range.nonEmpty, gateway: pool.gateway.nonEmpty)]
    }
}
