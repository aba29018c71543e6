import DockerAPI
import SwarmModel

/// The place of a plain container of this node in a network of the swarm, from when the leader has given it until it is given back.
struct Attachment: Sendable {
    /// As managers know it. Its status says which container it is, once there is one, and that it is given back.
    var task: TaskRecord
    /// Since when this process knows of it.
    var since: ContinuousClock.Instant
    /// Whether managers have assigned it: one that they then do not know any more is nobody's.
    var isAssigned: Bool

    var containerID: String? { task.status.container?.id }
    var isReleased: Bool { task.status.state.isTerminal }

    /// Without the length of the prefix.
    var address: String? { task.networks.first?.addresses.first.map { String($0.prefix { $0 != "/" }) } }
    var networkID: String? { task.networks.first?.networkID }

    /// Whether the container that it is for should be there by now: nobody waits for an engine that long.
    func isOverdue(at now: ContinuousClock.Instant) -> Bool { containerID == nil && since + Self.patience <= now }

    /// For how long a place is kept whose container is not there yet: as long as the engine may take to make it.
    static let patience: Duration = .seconds(90)
}

/// A container's place in a network of the swarm, as it is to be told to the engine.
public struct AttachedPlace: Sendable, Equatable {
    /// ID of the attachment.
    public var id: String
    /// What the engine's network is called.
    public var networkName: String
    public var place: NetworkPlace
}

extension Attachment {
    /// Whether a container of the engine has this place.
    func isHeld(by container: AttachableContainer) -> Bool {
        address.map { container.addresses.contains($0) } ?? false
    }
}

/// What is read of each line of `GET /containers/json` to find out who is in which network.
struct AttachableContainer: Decodable, Sendable {
    var id: String
    var state: String
    /// The addresses that it has been given by others than the engine.
    var addresses: Set<String>

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case state = "State"
        case settings = "NetworkSettings"
    }

    private struct Settings: Decodable {
        var networks: [String: Endpoint]?
        enum CodingKeys: String, CodingKey { case networks = "Networks" }
    }

    private struct Endpoint: Decodable {
        var asked: Asked?
        enum CodingKeys: String, CodingKey { case asked = "IPAMConfig" }
    }

    private struct Asked: Decodable {
        var address: String?
        enum CodingKeys: String, CodingKey { case address = "IPv4Address" }
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(String.self, forKey: .id)
        state = try values.decodeIfPresent(String.self, forKey: .state) ?? ""
        let networks = try values.decodeIfPresent(Settings.self, forKey: .settings)?.networks ?? [:]
        addresses = Set(networks.values.compactMap { $0.asked?.address })
    }
}
