import DockerAPI
import FoundationEssentials
import NIOCore
import SwarmModel

/// The body of `POST /containers/create`, as far as it is about networks. All else stays as the client has written it.
struct ContainerDraft: Sendable {
    private let splice: JSONSplice
    /// The network that the container is to be in first; empty for the engine's default one.
    let mode: String
    /// What is asked for in each network, by names as the client has them.
    let endpoints: [String: EndpointDraft]
    let nameservers: [String]
    private let mac: String

    private struct Read: Decodable {
        var host: Host?
        var mac: String?

        struct Host: Decodable {
            var mode: String?
            var nameservers: [String]?

            enum CodingKeys: String, CodingKey {
                case mode = "NetworkMode"
                case nameservers = "Dns"
            }
        }

        enum CodingKeys: String, CodingKey {
            case host = "HostConfig"
            case mac = "MacAddress"
        }
    }

    private static let networking = "NetworkingConfig"
    private static let members = "EndpointsConfig"

    /// - Returns: nil for what only the engine should judge.
    init?(_ body: ByteBuffer) {
        guard let read = try? JSONDecoder().decode(Read.self, from: Data(body.readableBytesView)) else { return nil }
        splice = JSONSplice(body.readableBytesView)
        mode = read.host?.mode ?? ""
        nameservers = read.host?.nameservers ?? []
        mac = read.mac ?? ""
        endpoints = Dictionary(
            splice.members(at: [Self.networking, Self.members]).map { [splice] in
                ($0.name, EndpointDraft(splice.text[$0.value]))
            }
        ) { _, last in last }
    }

    /// The networks that may be the swarm's, that of the mode first.
    var networks: [String] {
        ([mode] + endpoints.keys.sorted()).reduce(into: []) { names, name in
            guard !name.isEmpty, !name.hasPrefix("container:"), !Self.own.contains(name), !names.contains(name) else { return }
            names.append(name)
        }
    }

    /// Those that every engine has.
    private static let own: Set<String> = ["default", "bridge", "host", "none", "nat"]

    func draft(of network: String, container: String?) throws(APIError) -> AttachmentDraft {
        guard mac.isEmpty else { throw APIError(400, "Could not attach to network \(network): \(EndpointDraft.macRefusal)") }
        let endpoint = endpoints[network] ?? EndpointDraft()
        return try endpoint.draft(network: network, container: container, nameservers: nameservers)
    }

    /// The body that puts the container into the engine's networks.
    ///
    /// - Parameters:
    ///   - places: by names as the client has them.
    ///   - setsMAC: whether the client's version of the API has MAC addresses with each network.
    func text(with places: [String: AttachmentPlace], setsMAC: Bool) -> ByteBuffer {
        var splice = splice
        var members: [String] = []
        for (name, endpoint) in endpoints.merging(
            places.filter { endpoints[$0.key] == nil }.mapValues { _ in EndpointDraft() }, uniquingKeysWith: { first, _ in first }
        ).sorted(by: { $0.key < $1.key }) {
            if let place = places[name] {
                let text = String(decoding: endpoint.text(for: place, setsMAC: setsMAC), as: UTF8.self)
                members.append(Self.quoted(place.network) + ":" + text)
            } else if let range = splice.value(at: [Self.networking, Self.members, name]) {
                members.append(Self.quoted(name) + ":" + String(decoding: splice.text[range], as: UTF8.self))
            }
        }
        func ensureObject(_ path: [String]) {
            guard splice.value(at: path).map({ splice.text[$0.lowerBound] != UInt8(ascii: "{") }) ?? true else { return }
            splice.set(path, to: Array("{}".utf8))
        }
        ensureObject([Self.networking])
        splice.set([Self.networking, Self.members], to: Array("{\(members.joined(separator: ","))}".utf8))
        ensureObject(["HostConfig"])
        if let place = places[mode] {
            splice.set(["HostConfig", "NetworkMode"], to: Array(Self.quoted(place.network).utf8))
        }
        let ordered = [places[mode]].compactMap { $0 } + places.sorted { $0.key < $1.key }.map(\.value)
        if let resolver = ordered.compactMap(\.resolver).first {
            splice.set(["HostConfig", "Dns"], to: Array("[\"\(resolver)\"]".utf8))
        }
        return ByteBuffer(bytes: splice.text)
    }

    /// Names of networks have nothing in them that would have to be written otherwise; others' are the engine's to refuse.
    private static func quoted(_ name: String) -> String {
        (try? JSONEncoder().encode(name)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
