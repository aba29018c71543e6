import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmStore

/// Secrets and configs, which differ in how large they may be and in whether their data is shown.
extension Control {
    /// All of a kind, as the API shows them.
    public func data(_ kind: TaskData.Kind) async throws -> [SwarmData] {
        try await present().data(kind).map { $0.value.shown(version: $0.version) }
    }

    /// - Parameter name: an ID, a name, or the beginning of an ID; looked for in that order.
    public func data(_ kind: TaskData.Kind, _ name: String) async throws -> SwarmData {
        let found = try await present().data(kind, name)
        return found.value.shown(version: found.version)
    }

    /// - Returns: the ID.
    public func createData(_ kind: TaskData.Kind, _ spec: SwarmDataSpec) async throws -> String {
        let name = spec.name ?? ""
        try DataValidation.check(spec, kind)
        var generator = SystemRandomNumberGenerator()
        let data = TaskData(
            kind, id: Identifier.make(using: &generator), now: now(), name: name, labels: spec.labels ?? [:],
            data: try DataValidation.bytes(spec).base64EncodedString(), templating: spec.templating, driver: spec.driver)
        var transaction = Transaction()
        transaction.require(absent: StoreKey.name(name, in: kind.rawValue))
        transaction.put(StoreKey.name(name, in: kind.rawValue), Data(data.id.utf8))
        try transaction.put(data)
        guard try await objects.attempt(transaction) == nil else {
            throw APIError.remote(.alreadyExists, "\(kind.noun) \(name) already exists")
        }
        return data.id
    }

    /// Changes the labels, which are all that may change.
    public func updateData(_ kind: TaskData.Kind, _ name: String, version: UInt64, spec: SwarmDataSpec) async throws {
        let present = try await self.present().data(kind, name)
        var data = present.value
        let bytes = try DataValidation.bytes(spec)
        guard spec.name ?? "" == data.name, bytes.isEmpty || bytes.base64EncodedString() == data.data else {
            throw ServiceValidation.refusal("only updates to Labels are allowed")
        }
        guard present.version == version else { throw APIError.outOfSequence }
        data.labels = spec.labels ?? [:]
        data.touch(now())
        var transaction = Transaction()
        transaction.require(StoreKey.data(kind, data.id), modRevision: present.version)
        try transaction.put(data)
        try await objects.commit(transaction)
    }

    public func removeData(_ kind: TaskData.Kind, _ name: String) async throws {
        let references = StoreKey.references(to: kind)
        try await retrying {
            let state = try await self.present()
            let present = try state.data(kind, name)
            let data = present.value
            let users = state.livingServices.map(\.value)
                .filter { $0.spec.taskTemplate.references(to: kind).contains { $0.id == data.id } }.map(\.name).sorted()
            guard users.isEmpty else {
                let noun = users.count == 1 ? "service" : "services"
                throw ServiceValidation.refusal(
                    "\(kind.noun) '\(data.name)' is in use by the following \(noun): \(users.joined(separator: ", "))")
            }
            var transaction = Transaction()
            transaction.require(StoreKey.data(kind, data.id), modRevision: present.version)
            // Services that come to refer to it meanwhile change it.
            transaction.require(references, as: state.allocations[references])
            transaction.delete(StoreKey.data(kind, data.id))
            transaction.delete(StoreKey.name(data.name, in: kind.rawValue))
            return try await objects.attempt(transaction) == nil
        }
    }
}

extension TaskData {
    /// As the API shows it: the data of a secret stays here.
    fileprivate func shown(version: UInt64) -> SwarmData {
        SwarmData(
            id: id, version: ObjectVersion(index: version), createdAt: createdAt, updatedAt: updatedAt,
            spec: SwarmDataSpec(
                name: name, labels: labels, data: kind == .secret ? nil : data, driver: driver, templating: templating))
    }
}

/// What managers refuse of a secret or a config, in Swarm mode's words.
enum DataValidation {
    static func check(_ spec: SwarmDataSpec, _ kind: TaskData.Kind) throws(APIError) {
        let name = spec.name ?? ""
        guard !name.isEmpty else { throw ServiceValidation.refusal("name must be provided") }
        guard isName(name) else {
            throw ServiceValidation.refusal(
                "invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]")
        }
        if let driver = spec.driver, kind == .secret {
            guard let name = driver.name, !name.isEmpty else { throw ServiceValidation.refusal("secret driver must have a name") }
            throw .remote(.unimplemented, "secret driver \(name) is not available: swarmd keeps secrets itself")
        }
        guard (1..<limit(kind)).contains(try bytes(spec).count) else {
            throw ServiceValidation.refusal("\(kind.noun) data must be larger than 0 and less than \(limit(kind)) bytes")
        }
    }

    private static func limit(_ kind: TaskData.Kind) -> Int {
        switch kind {
        case .secret: 500 * 1024
        case .config: 1000 * 1024
        }
    }

    /// - Throws: status 400 for what is not Base64.
    static func bytes(_ spec: SwarmDataSpec) throws(APIError) -> Data {
        guard let bytes = Data(base64Encoded: spec.data ?? "") else { throw APIError(400, "invalid JSON: illegal base64 data") }
        return bytes
    }

    private static func isName(_ name: String) -> Bool {
        name.utf8.count <= 64 && name.utf8.first.map(ServiceValidation.isAlphanumeric) == true
            && name.utf8.last.map(ServiceValidation.isAlphanumeric) == true
            && name.utf8.allSatisfy { ServiceValidation.isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }
}
