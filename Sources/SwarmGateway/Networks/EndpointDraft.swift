import DockerAPI
import FoundationEssentials
import SwarmModel

/// What a client asks for a container in one network (`EndpointSettings` of the Engine API), and what the engine is told instead.
struct EndpointDraft: Sendable {
    private var splice: JSONSplice
    private let asked: Asked

    private struct Asked: Decodable {
        var addresses: Addresses?
        var aliases: [String]?
        var mac: String?

        struct Addresses: Decodable {
            var address: String?
            var address6: String?

            enum CodingKeys: String, CodingKey {
                case address = "IPv4Address"
                case address6 = "IPv6Address"
            }
        }

        enum CodingKeys: String, CodingKey {
            case addresses = "IPAMConfig"
            case aliases = "Aliases"
            case mac = "MacAddress"
        }
    }

    /// - Parameter text: JSON; nothing or `null` where nothing is asked for.
    init(_ text: ArraySlice<UInt8> = []) {
        let isObject = text.first == UInt8(ascii: "{")
        splice = JSONSplice(isObject ? text : Array("{}".utf8)[...])
        asked = (try? JSONDecoder().decode(Asked.self, from: Data(splice.text))) ?? Asked()
    }

    /// What the leader is asked for.
    ///
    /// - Parameter network: as the client names it.
    /// - Throws: status 400 for what containers in networks of the swarm cannot have.
    func draft(network: String, container: String?, nameservers: [String] = []) throws(APIError) -> AttachmentDraft {
        let refused = "Could not attach to network \(network): "
        guard (asked.addresses?.address6 ?? "").isEmpty else {
            throw APIError(400, refused + "networks of the swarm have no IPv6 addresses")
        }
        guard (asked.mac ?? "").isEmpty else { throw APIError(400, refused + Self.macRefusal) }
        return AttachmentDraft(
            network: network, address: asked.addresses?.address.flatMap { $0.isEmpty ? nil : $0 }, aliases: asked.aliases ?? [],
            containerName: container, nameservers: nameservers)
    }

    static let macRefusal = "the MAC address of a container in a network of the swarm follows from its IP address"

    /// The JSON that puts the container where its place is.
    ///
    /// - Parameter setsMAC: whether the client's version of the API has the MAC address here.
    func text(for place: AttachmentPlace, setsMAC: Bool) -> [UInt8] {
        var splice = splice
        if splice.value(at: ["IPAMConfig"]).map({ splice.text[$0.lowerBound] != UInt8(ascii: "{") }) ?? true {
            splice.set(["IPAMConfig"], to: Array("{}".utf8))
        }
        splice.set(["IPAMConfig", "IPv4Address"], to: Array("\"\(place.address)\"".utf8))
        if setsMAC { splice.set(["MacAddress"], to: Array("\"\(place.address.mac)\"".utf8)) }
        return splice.text
    }
}
