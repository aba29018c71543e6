import DockerAPI
import FoundationEssentials
import SwarmModel
import SwarmStore

extension Control {
    /// All services, as the API shows them.
    ///
    /// - Parameter counting: with how many of their tasks run.
    public func services(counting: Bool = false) async throws -> [SwarmService] {
        let (state, tasks) = try await view.present()
        let services = state.livingServices
        var shown = services.map { $0.value.shown(version: $0.version) }
        guard counting else { return shown }
        let outlines = try Self.outlines(of: tasks.values, on: state.nodes)
        for index in shown.indices {
            let service = services[index].value
            shown[index].serviceStatus = service.counts(of: outlines[service.id] ?? [])
        }
        return shown
    }

    /// - Parameters:
    ///   - name: an ID, a name, or the beginning of an ID; looked for in that order.
    ///   - defaults: fills in what the spec does not say.
    public func service(_ name: String, defaults: Bool = false) async throws -> SwarmService {
        let service = try await present().service(name)
        var shown = service.value.shown(version: service.version)
        if defaults { shown.spec = shown.spec.withDefaults }
        return shown
    }

    /// - Parameter registryAuth: what the image's registry wants to see; empty for nothing.
    public func createService(_ spec: ServiceSpec, registryAuth: String = "") async throws -> ServiceResponse {
        var generator = SystemRandomNumberGenerator()
        var spec = try spec.canonical()
        if spec.name == nil {
            let taken = Set(try await present().livingServices.map(\.value.name))
            spec.name = RandomName.make(using: &generator, besides: taken)
        }
        try ServiceValidation.check(spec)
        let id = Identifier.make(using: &generator)
        let name = StoreKey.name(spec.name ?? "", in: "services")
        let given = spec
        try await retrying {
            let state = try await present()
            let spec = try state.resolvingNetworks(of: given)
            var draft = ServiceDraft(of: id, in: state)
            guard !draft.others.contains(where: { $0.name.lowercased() == spec.name?.lowercased() }) else {
                throw APIError.nameTaken(spec)
            }
            var service = Service(id: id, now: now(), spec: spec)
            service.registryAuth = registryAuth.isEmpty ? nil : registryAuth
            if service.isJob { (service.jobIteration, service.lastExecution) = (0, now()) }
            try draft.complete(&service, from: nil)
            draft.transaction.require(absent: name)
            draft.transaction.put(name, Data(id.utf8))
            try draft.transaction.put(service)
            let conflict = try await objects.attempt(draft.transaction)
            if conflict?.condition.key == name { throw APIError.nameTaken(spec) }
            return conflict == nil
        }
        return ServiceResponse(id: id)
    }

    public func updateService(_ name: String, _ update: ServiceUpdate) async throws {
        let requested = try update.isRollback ? update.spec : update.spec.canonical()
        if !update.isRollback { try ServiceValidation.check(requested) }
        try await retrying {
            let state = try await self.present()
            let present = try state.service(name)
            guard present.version == update.version else { throw APIError.outOfSequence }
            let key = StoreKey.service(present.value.id)
            let spec = update.isRollback ? requested : try state.resolvingNetworks(of: requested)
            let service = try present.value.changed(by: update, to: spec, now: now())
            var draft = ServiceDraft(of: service.id, in: state)
            var changed = service
            try draft.complete(&changed, from: present.value)
            draft.transaction.require(key, modRevision: present.version)
            try draft.transaction.put(changed)
            let conflict = try await objects.attempt(draft.transaction)
            if conflict?.condition.key == key { throw APIError.outOfSequence }
            return conflict == nil
        }
    }

    /// Marks the service as removed: from now on it is found nowhere, and its name is free. The leader lets it go with its tasks.
    public func removeService(_ name: String) async throws {
        try await retrying {
            let present = try await self.present().service(name)
            var service = present.value
            service.isRemoved = true
            service.touch(now())
            var transaction = Transaction()
            transaction.require(StoreKey.service(service.id), modRevision: present.version)
            try transaction.put(service)
            transaction.delete(StoreKey.name(service.name, in: "services"))
            return try await objects.attempt(transaction) == nil
        }
    }

    /// Tries until it succeeds, each time from what is in the store then.
    ///
    /// - Parameter attempt: returns false where others have changed meanwhile what it was made from.
    func retrying(_ attempt: () async throws -> Bool) async throws {
        for _ in 0..<100 where try await attempt() { return }
        throw APIError.outOfSequence
    }
}

extension APIError {
    fileprivate static func nameTaken(_ spec: ServiceSpec) -> APIError {
        .remote(
            .alreadyExists, "name conflicts with an existing object: service \(spec.name ?? "") already exists")
    }
}
