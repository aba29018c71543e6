import DockerAPI
import SwarmModel

/// Who has which published port. In the routing mesh a port belongs to one service in the whole swarm; ports of the nodes themselves
/// are the scheduler's matter, but none of the two may be both.
struct PortAllocation {
    /// What ports are chosen from where a spec names none.
    static let dynamic: ClosedRange<UInt32> = 30_000...32_767

    private struct Key: Hashable {
        var transport: String
        var port: UInt32

        init(_ config: PortConfig) {
            transport = config.transport ?? "tcp"
            port = config.published ?? 0
        }
    }

    private struct Owner {
        var name: String
        var id: String
    }

    private var ingress: [Key: Owner] = [:]
    private var host: [Key: Owner] = [:]

    /// - Parameter services: all but the one that gets ports.
    init(_ services: [Service]) {
        for service in services {
            var ports = (service.spec.endpoint?.ports ?? []) + (service.endpoint?.ports ?? [])
            // What a failed update would go back to must not be another's by then.
            if service.mayRollBack { ports += service.previousEndpoint?.ports ?? [] }
            for port in ports where port.published ?? 0 != 0 {
                let owner = Owner(name: service.name, id: service.id)
                if port.isHost { host[Key(port)] = owner } else { ingress[Key(port)] = owner }
            }
        }
    }

    /// The ports of a service: those of its spec, with a number for each that the routing mesh publishes.
    ///
    /// - Parameters:
    ///   - spec: canonical.
    ///   - before: what the service has had. It keeps the numbers that were chosen for it.
    /// - Throws: status 400 where another service has one of the ports, or none is left.
    func ports(for spec: EndpointSpec?, before: [PortConfig]) throws(APIError) -> [PortConfig] {
        let wanted = spec?.ports ?? []
        for port in wanted where port.published ?? 0 != 0 { try check(port) }
        var taken = Set(wanted.filter { $0.published ?? 0 != 0 }.map(Key.init))
        var kept = before.filter { !$0.isHost && Self.dynamic.contains($0.published ?? 0) && !taken.contains(Key($0)) }
        var result: [PortConfig] = []
        for port in wanted {
            var port = port
            if !port.isHost, port.published ?? 0 == 0 {
                if let index = kept.firstIndex(where: { port.isSame(as: $0) && isFree(Key($0)) }) {
                    port.published = kept.remove(at: index).published
                } else {
                    port.published = try free(for: port, besides: taken.union(kept.map(Key.init)))
                }
                taken.insert(Key(port))
            }
            result.append(port)
        }
        return result
    }

    private func check(_ port: PortConfig) throws(APIError) {
        func refusal(_ owner: Owner, _ kind: String) -> APIError {
            .remote(
                .invalidArgument,
                "port '\(port.published ?? 0)' is already in use by service '\(owner.name)' (\(owner.id)) as \(kind) port")
        }
        if let owner = ingress[Key(port)] { throw refusal(owner, "an ingress") }
        if !port.isHost, let owner = host[Key(port)] { throw refusal(owner, "a host-published") }
    }

    private func isFree(_ key: Key) -> Bool { ingress[key] == nil && host[key] == nil }

    private func free(for port: PortConfig, besides taken: Set<Key>) throws(APIError) -> UInt32 {
        var port = port
        for number in Self.dynamic {
            port.published = number
            if isFree(Key(port)), !taken.contains(Key(port)) { return number }
        }
        throw .remote(
            .failedPrecondition, "no \(port.transport ?? "tcp") port is left to publish: name one outside of 30000-32767")
    }
}

extension PortConfig {
    var isHost: Bool { publishMode == "host" }

    fileprivate func isSame(as other: PortConfig) -> Bool {
        name == other.name && target == other.target && transport == other.transport && isHost == other.isHost
    }
}
