import DockerAPI
import FoundationEssentials
import NIOCore
import SwarmModel

/// Puts plain containers into networks of the swarm: their places are got first, then the engine is told where they are.
struct ContainerNetworks: Sendable {
    let backend: any SwarmBackend
    let engine: Engine
    let lookup: NetworkLookup
    let target: RequestTarget

    /// Since then clients give MAC addresses with networks; before, with containers.
    private var setsMAC: Bool { target.version.map { APIVersion($0) >= APIVersion("1.44") } ?? true }

    // MARK: New containers

    /// - Parameter head: of the request, as it came.
    /// - Returns: nil for what is the engine's.
    func create(_ body: ByteBuffer, head: ByteBuffer) async throws -> Answer? {
        guard let draft = ContainerDraft(body) else { return nil }
        let name = target.value("name")
        let container = name.isEmpty ? nil : String(name.drop { $0 == "/" })
        return try await withPlaces { places in
            var drafts: [(owner: Owner, draft: AttachmentDraft)] = []
            for network in draft.networks {
                let owner = try await owner(of: network)
                guard owner != .engine else { continue }
                drafts.append((owner, try draft.draft(of: network, container: container)))
            }
            for (owner, draft) in drafts {
                if let place = try await attach(draft, owner) { places[draft.network] = place }
            }
            guard !places.isEmpty else { return nil }
            let answer = try await engine.send(head, body: draft.text(with: places, setsMAC: setsMAC))
            struct Created: Decodable {
                var id: String
                enum CodingKeys: String, CodingKey { case id = "Id" }
            }
            let made =
                answer.head.status == 201
                ? try? JSONDecoder().decode(Created.self, from: Data(answer.body.readableBytesView)) : nil
            return (.json(answer.body, status: answer.head.status), made?.id)
        }
    }

    /// Gives back what `body` has got, unless it tells a container that has it now.
    private func withPlaces(
        _ body: (inout [String: AttachmentPlace]) async throws -> (answer: Answer, container: String?)?
    ) async throws -> Answer? {
        var places: [String: AttachmentPlace] = [:]
        do {
            let result = try await body(&places)
            for place in places.values {
                if let container = result?.container {
                    await backend.attached(place.id, container: container)
                } else {
                    await backend.release(place.id)
                }
            }
            return result?.answer
        } catch {
            for place in places.values { await backend.release(place.id) }
            throw error
        }
    }

    /// Whose a network is that a container is to be in.
    private enum Owner {
        case engine
        case swarm
        /// The leader is to be asked: a worker does not know all networks that there are.
        case unknown
    }

    /// - Throws: status 403 for a network of the swarm that containers may not be in.
    private func owner(of network: String) async throws -> Owner {
        do {
            if let found = try await lookup.find(network) {
                try Self.check(found, as: network)
                return .swarm
            }
        } catch let error as APIError where error.status == 404 && !lookup.isManager {
            // The worker has just left it, or it is gone.
            return .swarm
        }
        guard !lookup.isManager, NetworkLookup.isName(network) else { return .engine }
        return try await lookup.local(network) == nil ? .unknown : .engine
    }

    private static func check(_ network: NetworkResource, as name: String) throws(APIError) {
        guard network.isAttachable else {
            throw APIError(
                403,
                "Could not attach to network \(name): rpc error: code = PermissionDenied desc = network \(name) not manually attachable"
            )
        }
    }

    /// - Returns: nil where the swarm has no such network after all: the engine says that in its own words.
    private func attach(_ draft: AttachmentDraft, _ owner: Owner) async throws -> AttachmentPlace? {
        do {
            return try await backend.attach(draft)
        } catch let error as APIError where error.status == 404 {
            guard owner == .unknown else { throw APIError(404, "network \(draft.network) not found") }
            return nil
        }
    }

    // MARK: Containers that are there

    /// What is read of the bodies of `POST /networks/{id}/connect` and `disconnect`.
    private struct Request: Decodable {
        var container: String?
        enum CodingKeys: String, CodingKey { case container = "Container" }
    }

    /// What is read of a container.
    private struct Container: Decodable {
        var id: String
        var name: String
        enum CodingKeys: String, CodingKey {
            case id = "Id"
            case name = "Name"
        }
    }

    /// - Returns: nil for what is the engine's.
    func connect(to network: String, _ body: ByteBuffer) async throws -> Answer? {
        guard let container = Self.container(in: body) else { return nil }
        let owner = try await owner(of: network)
        guard owner != .engine else { return nil }
        let found = try await inspect(container)
        guard let present = found.container else { return found.answer }
        let splice = JSONSplice(body.readableBytesView)
        let endpoint = EndpointDraft(splice.value(at: ["EndpointConfig"]).map { splice.text[$0] } ?? [])
        let draft = try endpoint.draft(network: network, container: String(present.name.drop { $0 == "/" }))
        return try await withPlaces { places in
            guard let place = try await attach(draft, owner) else { return nil }
            places[network] = place
            var splice = splice
            splice.set(["EndpointConfig"], to: endpoint.text(for: place, setsMAC: setsMAC))
            let answer = try await engine.ask(
                "POST", lookup.prefix + "/networks/\(place.network)/connect", body: ByteBuffer(bytes: splice.text))
            return (.json(answer.body, status: answer.head.status), answer.head.status == 200 ? present.id : nil)
        }
    }

    /// - Returns: nil for what is the engine's.
    func disconnect(from network: String, _ body: ByteBuffer) async throws -> Answer? {
        guard let container = Self.container(in: body), let ours = try await lookup.find(network) else { return nil }
        let present = try await inspect(container).container
        let answer = try await engine.ask("POST", lookup.prefix + "/networks/\(ours.name)/disconnect", body: body)
        if answer.head.status == 200, let present { await backend.release(container: present.id, from: ours.id) }
        return .json(answer.body, status: answer.head.status)
    }

    private static func container(in body: ByteBuffer) -> String? {
        let name = (try? JSONDecoder().decode(Request.self, from: Data(body.readableBytesView)))?.container
        return name.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Returns: the container, or what the engine says instead.
    private func inspect(_ name: String) async throws -> (container: Container?, answer: Answer) {
        let answer = try await engine.get(lookup.prefix + "/containers/\(RequestTarget.encoded(name))/json")
        let container =
            answer.head.status == 200
            ? try JSONDecoder().decode(Container.self, from: Data(answer.body.readableBytesView)) : nil
        return (container, .json(answer.body, status: answer.head.status))
    }
}
