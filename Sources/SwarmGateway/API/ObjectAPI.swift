import DockerAPI
import NIOCore
import SwarmModel

/// Answers the calls for services, tasks, secrets and configs, as far as they are one answer and no stream.
struct ObjectAPI {
    let backend: any SwarmBackend
    let encoded: EncodedTasks
    let target: RequestTarget
    let fields: HeaderFields
    let body: ByteBuffer

    /// - Throws: `APIError` for what is refused.
    func answer(_ call: Route.SwarmCall) async throws -> Answer {
        switch call {
        case .list(let collection):
            let filters = try Filters(target.value("filters"))
            try await backend.requireManager()
            return try await list(collection, filters)
        case .get(let collection, let name):
            if let kind = collection.kind { return try .json(try await backend.data(kind, name)) }
            if collection == .tasks { return try .json(try await backend.task(name)) }
            let defaults = try SwarmAPI.choice("insertDefaults", target)
            let service = try await backend.service(name, defaults: defaults)
            return try .json(ServiceGate(target.version).forClient(service))
        case .create(let collection): return try await create(collection)
        case .change(let collection, let name): return try await change(collection, name)
        case .remove(let collection, let name):
            if let kind = collection.kind {
                try await backend.removeData(kind, name)
                return .empty(204)
            }
            try await backend.removeService(name)
            return .empty()
        default: throw APIError(404, "page not found")
        }
    }

    private func list(_ collection: SwarmCollection, _ filters: Filters) async throws -> Answer {
        if let kind = collection.kind {
            let filter = try DataFilter(filters, kind)
            return try .json(try await backend.data(kind).filter(filter.includes))
        }
        if collection == .tasks { return .json(try encoded.body(of: try await backend.tasks(filters))) }
        let filter = try ServiceFilter(filters)
        let gate = ServiceGate(target.version)
        let counting = try gate.knowsCounts && SwarmAPI.choice("status", target)
        return try .json(try await backend.services(counting: counting).filter(filter.includes).map(gate.forClient))
    }

    private func create(_ collection: SwarmCollection) async throws -> Answer {
        if let kind = collection.kind {
            let spec = try decoded(SwarmDataSpec.self) ?? SwarmDataSpec()
            try ServiceGate(target.version).check(spec, kind)
            return try .json(["ID": try await backend.createData(kind, spec)], status: 201)
        }
        let spec = ServiceGate(target.version).fromClient(try decoded(ServiceSpec.self) ?? ServiceSpec())
        let response = try await backend.createService(spec, registryAuth: fields["x-registry-auth"] ?? "")
        return try .json(response, status: 201)
    }

    private func change(_ collection: SwarmCollection, _ name: String) async throws -> Answer {
        if let kind = collection.kind {
            let spec = try decoded(SwarmDataSpec.self) ?? SwarmDataSpec()
            guard let version = try? SwarmAPI.version(of: kind.noun, target) else {
                throw APIError(400, "invalid \(kind.noun) version")
            }
            try await backend.updateData(kind, name, version: version, spec: spec)
            return .empty()
        }
        let spec = ServiceGate(target.version).fromClient(try decoded(ServiceSpec.self) ?? ServiceSpec())
        let version = try SwarmAPI.version(of: "service", target)
        let source = target.value("registryAuthFrom")
        guard let from = ServiceUpdate.RegistryAuthSource(rawValue: source.isEmpty ? "spec" : source) else {
            throw APIError(400, "invalid registryAuthFrom '\(source)'")
        }
        let rollback = target.value("rollback")
        guard ["", "none", "previous"].contains(rollback) else {
            throw APIError(500, "unrecognized rollback option \(rollback)")
        }
        let update = ServiceUpdate(
            version: version, spec: spec, registryAuth: fields["x-registry-auth"] ?? "", registryAuthFrom: from,
            isRollback: rollback == "previous")
        try await backend.updateService(name, update)
        return try .json(ServiceResponse())
    }

    private func decoded<Value: Decodable>(_ type: Value.Type) throws(APIError) -> Value? {
        try JSONBody.decode(type, from: body, contentType: fields["content-type"])
    }
}

extension SwarmCollection {
    /// Nil for services and tasks.
    var kind: TaskData.Kind? {
        switch self {
        case .services, .tasks: nil
        case .secrets: .secret
        case .configs: .config
        }
    }
}
