import DockerAPI

/// What a node has left, or a task asks to be kept for it.
struct Resources: Sendable, Equatable {
    var nanoCPUs: Int64 = 0
    var memoryBytes: Int64 = 0
    /// Numbers of resources of a kind, and their names where they have some.
    var generic: [String: Generic] = [:]

    struct Generic: Sendable, Equatable {
        var count: Int64 = 0
        var names: Set<String> = []

        /// How many there are, named or not.
        var total: Int64 { count + Int64(names.count) }
    }

    init() {}

    init(_ resources: SwarmNode.Resources?) {
        nanoCPUs = resources?.nanoCPUs ?? 0
        memoryBytes = resources?.memoryBytes ?? 0
        add(resources?.generic ?? [])
    }

    /// What a task's spec asks for. Named resources are asked for by number.
    init(reservedBy spec: TaskSpec) {
        guard let reserved = spec.resources?.reservations else { return }
        nanoCPUs = reserved.nanoCPUs ?? 0
        memoryBytes = reserved.memoryBytes ?? 0
        add(reserved.generic ?? [])
    }

    private mutating func add(_ resources: [GenericResource]) {
        for resource in resources {
            if let discrete = resource.discrete { generic[discrete.kind ?? "", default: Generic()].count += discrete.value ?? 0 }
            if let named = resource.named { generic[named.kind ?? "", default: Generic()].names.insert(named.value ?? "") }
        }
    }

    func covers(_ request: Resources) -> Bool {
        nanoCPUs >= request.nanoCPUs && memoryBytes >= request.memoryBytes
            && request.generic.allSatisfy { kind, wanted in (generic[kind]?.total ?? 0) >= wanted.total }
    }

    /// Takes what is asked for.
    ///
    /// - Returns: which generic resources they are: of named ones the first names in order.
    mutating func take(_ request: Resources) -> [GenericResource] {
        nanoCPUs -= request.nanoCPUs
        memoryBytes -= request.memoryBytes
        var taken: [GenericResource] = []
        for (kind, wanted) in request.generic.sorted(by: { $0.key < $1.key }) {
            guard var present = generic[kind] else { continue }
            if present.names.isEmpty {
                present.count -= wanted.total
                taken.append(GenericResource(discrete: GenericResource.Discrete(kind: kind, value: wanted.total)))
            } else {
                for name in present.names.sorted().prefix(Int(wanted.total)) {
                    present.names.remove(name)
                    taken.append(GenericResource(named: GenericResource.Named(kind: kind, value: name)))
                }
            }
            generic[kind] = present
        }
        return taken
    }

    /// Takes what a task has that runs already.
    mutating func take(_ request: Resources, assigned: [GenericResource]) {
        nanoCPUs -= request.nanoCPUs
        memoryBytes -= request.memoryBytes
        for resource in assigned {
            if let named = resource.named { generic[named.kind ?? ""]?.names.remove(named.value ?? "") }
            if let discrete = resource.discrete { generic[discrete.kind ?? ""]?.count -= discrete.value ?? 0 }
        }
    }
}
