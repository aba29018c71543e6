import DockerAPI
import NIOCore

/// Answers the calls that belong to the swarm.
struct SwarmAPI: Sendable {
    let backend: any SwarmBackend
    let encoded: EncodedTasks

    /// - Throws: `APIError` for what is refused.
    func answer(_ call: Route.SwarmCall, target: RequestTarget, fields: HeaderFields, body: ByteBuffer) async throws -> Answer {
        func decoded<Value: Decodable>(_ type: Value.Type) throws(APIError) -> Value? {
            try JSONBody.decode(type, from: body, contentType: fields["content-type"])
        }
        switch call {
        case .initialize:
            var request = try decoded(SwarmInitRequest.self) ?? SwarmInitRequest()
            // Clients of older versions cannot mean these.
            if let version = target.version.map(APIVersion.init) {
                if version < APIVersion("1.39") { (request.defaultAddressPool, request.subnetSize) = (nil, nil) }
                if version < APIVersion("1.40") { request.dataPathPort = nil }
            }
            return try .json(try await backend.initialize(request))
        case .join: try await backend.join(try decoded(SwarmJoinRequest.self) ?? SwarmJoinRequest())
        case .leave: try await backend.leave(force: target.flag("force"))
        case .unlock: try await backend.unlock(try decoded(SwarmUnlockKey.self)?.unlockKey ?? "")
        case .inspect: return try .json(try await backend.swarm())
        case .update:
            let spec = try decoded(SwarmSpec.self) ?? SwarmSpec()
            let version = try Self.version(of: "swarm", target)
            let flags = SwarmUpdateFlags(
                rotateWorkerToken: try Self.choice("rotateWorkerToken", target),
                rotateManagerToken: try Self.choice("rotateManagerToken", target),
                rotateManagerUnlockKey: try Self.choice("rotateManagerUnlockKey", target))
            try await backend.update(version: version, spec: spec, flags: flags)
        case .unlockKey: return try .json(SwarmUnlockKey(unlockKey: try await backend.unlockKey()))
        case .listNodes:
            let filter = try NodeFilter(try Filters(target.value("filters")))
            return try .json(try await backend.nodes().filter(filter.includes))
        case .inspectNode(let name): return try .json(try await backend.node(name))
        case .updateNode(let name):
            let spec = try decoded(NodeSpecRequest.self) ?? NodeSpecRequest()
            let version = try Self.version(of: "node", target)
            try await backend.updateNode(name, version: version, spec: try spec.checked())
        case .removeNode(let name): try await backend.removeNode(name, force: target.flag("force"))
        case .list, .get, .create, .change, .remove, .logs:
            return try await ObjectAPI(backend: backend, encoded: encoded, target: target, fields: fields, body: body).answer(
                call)
        }
        return .empty()
    }

    /// The version of the object that an update starts from.
    static func version(of object: String, _ target: RequestTarget) throws(APIError) -> UInt64 {
        let text = target.value("version")
        if let version = UInt64(text), text.first != "+" { return version }
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let reason = isNumber ? "value out of range" : "invalid syntax"
        throw APIError(400, "invalid \(object) version '\(text)': strconv.ParseUint: parsing \(quoted(text)): \(reason)")
    }

    /// A flag as Go's `strconv.ParseBool` reads it.
    static func choice(_ name: String, _ target: RequestTarget) throws(APIError) -> Bool {
        switch target.value(name) {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "", "0", "f", "F", "false", "FALSE", "False": false
        case let text: throw APIError(400, "invalid value for \(name): \(text)")
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

/// The body of `POST /nodes/{id}/update`, where everything may be absent until it is checked.
struct NodeSpecRequest: Decodable {
    var name: String?
    var labels: [String: String]?
    var role: String?
    var availability: String?

    init() {}

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case labels = "Labels"
        case role = "Role"
        case availability = "Availability"
    }

    /// - Throws: status 400 for a role or an availability that does not exist.
    func checked() throws(APIError) -> SwarmNode.Spec {
        let role = (role ?? "").lowercased()
        let availability = (availability ?? "").lowercased()
        guard ["worker", "manager"].contains(role) else { throw APIError(400, "invalid Role: \"\(self.role ?? "")\"") }
        guard ["active", "pause", "drain"].contains(availability) else {
            throw APIError(400, "invalid Availability: \"\(self.availability ?? "")\"")
        }
        return SwarmNode.Spec(name: name, labels: labels, role: role, availability: availability)
    }
}
