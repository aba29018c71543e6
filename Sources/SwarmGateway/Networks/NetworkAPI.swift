import DockerAPI
import FoundationEssentials
import NIOCore
import SwarmModel

/// Answers what is asked of networks, as far as they are the swarm's.
struct NetworkAPI {
    let backend: any SwarmBackend
    let engine: Engine
    let target: RequestTarget
    /// As it was sent.
    let requestTarget: String
    let fields: HeaderFields
    let body: ByteBuffer
    let isManager: Bool
    let now: Timestamp

    /// - Returns: nil for what is the engine's.
    /// - Throws: `APIError` for what is refused.
    func answer(_ call: Route.NetworkCall) async throws -> Answer? {
        switch call {
        case .list: return try await list()
        case .create: return try await create()
        case .prune: return try await prune()
        case .inspect(let name):
            guard let network = try await find(name, verbose: SwarmAPI.choice("verbose", target)) else { return nil }
            return try await inspection(of: network)
        case .remove(let name):
            guard let network = try await find(name) else { return nil }
            try await backend.removeNetwork(network.id)
            return .empty(204)
        case .connect(let name): return try await containers.connect(to: name, body)
        case .disconnect(let name): return try await containers.disconnect(from: name, body)
        }
    }

    private var containers: ContainerNetworks {
        ContainerNetworks(backend: backend, engine: engine, lookup: lookup, target: target)
    }

    private var lookup: NetworkLookup {
        NetworkLookup(backend: backend, engine: engine, prefix: prefix, isManager: isManager)
    }

    private func find(_ name: String, verbose: Bool = false) async throws -> NetworkResource? {
        try await lookup.find(name, scope: target.value("scope"), verbose: verbose)
    }

    /// A network with the containers of this node in it.
    private func inspection(of network: NetworkResource) async throws -> Answer {
        var splice = JSONSplice(try NetworkList.encoder.encode(network))
        if let containers = try? await lookup.containers(in: network.id) { splice.set(["Containers"], to: containers) }
        var text = ByteBuffer(bytes: splice.text)
        text.writeString("\n")
        return .json(text)
    }

    /// Why a service cannot be in a network that the swarm does not have: the engine may have one of that name.
    ///
    /// - Parameter error: what a manager has said.
    static func explain(_ error: APIError, _ engine: Engine) async -> APIError {
        let words = error.message.split(separator: " ")
        guard error.status == 404, words.count == 4, words[0] == "network", words[2...] == ["not", "found"],
            NetworkLookup.isName(String(words[1])),
            let answer = try? await engine.get("/networks/\(words[1])"), answer.head.status == 200
        else { return error }
        return APIError(
            403,
            "The network \(words[1]) cannot be used with services. Only networks scoped to the swarm can be used, such as those "
                + "created with the overlay driver.")
    }

    private var prefix: String { target.version.map { "/v\($0)" } ?? "" }

    // MARK: All of them

    private func list() async throws -> Answer {
        let answer = try await engine.get(requestTarget)
        // What is wrong with the request the engine knows.
        guard answer.head.status == 200 else { return .json(answer.body, status: answer.head.status) }
        let local = NetworkList(answer.body)
        let filter = NetworkFilter(try Filters(target.value("filters")))
        let all: [NetworkResource]
        do {
            all = try await backend.networks(verbose: filter.needsUsers)
        } catch let error as APIError {
            // A worker may have nobody to ask.
            guard !isManager else { throw error }
            all = []
        }
        let networks = all.filter(filter.includes).map { network in
            var network = network
            (network.services, network.peers) = (nil, nil)
            return network
        }
        return .json(local.text(after: try networks.map { try NetworkList.encoder.encode($0) }))
    }

    private func prune() async throws -> Answer? {
        let filters = try Filters(target.value("filters"))
        var deleted: [String] = []
        if isManager {
            let filter = try NetworkPruneFilter(filters, now: now)
            deleted = try await backend.pruneNetworks(where: filter.includes)
        }
        // What the data plane has made stays: it goes with the swarm's network that it is for.
        var values = filters.values
        values["label!", default: []].insert(NetworkLabel.network)
        let text = try NetworkList.encoder.encode(values.mapValues { Dictionary($0.map { ($0, true) }) { first, _ in first } })
        let answer = try await engine.ask(
            "POST", prefix + "/networks/prune?filters=" + RequestTarget.encoded(String(decoding: text, as: UTF8.self)))
        guard answer.head.status == 200, !deleted.isEmpty else { return .json(answer.body, status: answer.head.status) }
        let local = try JSONDecoder().decode([String: [String]?].self, from: Data(answer.body.readableBytesView))
        return try .json(["NetworksDeleted": deleted + ((local["NetworksDeleted"] ?? nil) ?? [])])
    }

    // MARK: New ones

    private func create() async throws -> Answer? {
        // What cannot be read the engine refuses in its own words.
        guard let request = try? JSONDecoder().decode(NetworkCreateRequest.self, from: Data(body.readableBytesView)) else {
            return nil
        }
        let name = request.name ?? ""
        guard request.isSwarms else {
            guard isManager, !name.isEmpty, let present = try? await backend.network(name, verbose: false), present.name == name
            else { return nil }
            throw APIError(409, "network with name \(name) already exists")
        }
        guard isManager else {
            throw APIError(
                403, "Cannot create a multi-host network from a worker node. Please create the network from a manager node.")
        }
        _ = try JSONBody.decode(NetworkCreateRequest.self, from: body, contentType: fields["content-type"])
        if !["bridge", "host", "none", "default"].contains(name), let local = try await lookup.local(name),
            local.name == name, local.standsFor == nil
        {
            throw APIError(409, "network with name \(name) already exists")
        }
        let id = try await backend.createNetwork(request)
        return try .json(["Id": id, "Warning": ""], status: 201)
    }
}

extension NetworkCreateRequest {
    /// Whether it is for a network of the swarm, and none of the engine's own.
    fileprivate var isSwarms: Bool {
        guard isConfigOnly != true else { return false }
        return driver == "overlay" || scope == "swarm" || isIngress == true
    }
}
