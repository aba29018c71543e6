import DockerAPI

/// A service, as the store holds it. Its version is the store's.
public struct Service: Codable, Sendable, Equatable {
    public var id: String
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    /// As a person gave it, with secrets, configs and networks by their IDs.
    public var spec: ServiceSpec
    /// Counts the changes of `spec`: 1 is the first. Tasks carry the number of the spec that they were made from.
    public var specVersion: UInt64
    /// What it was before the last change; nil after a rollback.
    public var previousSpec: ServiceSpec?
    public var previousSpecVersion: UInt64?
    /// What the images' registry wants to see: the header `X-Registry-Auth`, as it came. Never shown.
    public var registryAuth: String?
    public var previousRegistryAuth: String?
    /// What the allocator has given to it: ports and virtual addresses. Nil until it has.
    public var endpoint: SwarmService.Endpoint?
    /// What belonged to `previousSpec`; a rollback takes it up again.
    public var previousEndpoint: SwarmService.Endpoint?
    /// Why it could not be given what it asks for.
    public var allocationError: String?
    public var updateStatus: SwarmService.UpdateStatus?
    /// Of a job: counts the times it was asked to run.
    public var jobIteration: UInt64?
    public var lastExecution: Timestamp?
    /// A person has removed it: it goes when its tasks have gone.
    public var isRemoved: Bool

    public init(id: String, now: Timestamp, spec: ServiceSpec) {
        self.id = id
        createdAt = now
        updatedAt = now
        self.spec = spec
        specVersion = 1
        isRemoved = false
    }

    public var name: String { spec.name ?? "" }

    /// What `mode` says, with defaults.
    public enum Mode: Sendable, Equatable {
        case replicated(Int)
        case global
        case replicatedJob(concurrent: Int, total: Int)
        case globalJob
    }

    public var mode: Mode {
        guard let mode = spec.mode else { return .replicated(1) }
        if let job = mode.replicatedJob {
            let concurrent = Int(clamping: job.maxConcurrent ?? 1)
            return .replicatedJob(concurrent: concurrent, total: Int(clamping: job.totalCompletions ?? UInt64(concurrent)))
        }
        if mode.globalJob != nil { return .globalJob }
        if mode.global != nil { return .global }
        return .replicated(Int(clamping: mode.replicated?.replicas ?? 1))
    }
}
