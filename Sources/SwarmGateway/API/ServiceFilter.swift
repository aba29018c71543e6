import DockerAPI
import SwarmModel

/// Which services `GET /services` lists.
struct ServiceFilter {
    private let filters: Filters

    /// - Throws: status 400 for a filter that does not exist.
    init(_ filters: Filters) throws(APIError) {
        try filters.validate(["name", "id", "label", "mode", "runtime"])
        self.filters = filters
    }

    func includes(_ service: SwarmService) -> Bool {
        let runtimes = filters["runtime"].isEmpty ? ["container"] : filters["runtime"]
        return filters.matchesPrefix("id", of: service.id)
            && filters.matchesPrefix("name", of: service.spec.name ?? "")
            && filters.matchesLabels("label", service.spec.labels ?? [:])
            && filters.matchesExactly("mode", service.spec.mode?.kind ?? "replicated")
            && runtimes.contains(service.spec.taskTemplate.runtime ?? "container")
    }
}

/// Which secrets `GET /secrets` lists, or configs `GET /configs`.
struct DataFilter {
    private let filters: Filters

    /// - Throws: status 400 for a filter that does not exist.
    init(_ filters: Filters, _ kind: TaskData.Kind) throws(APIError) {
        try filters.validate(kind == .secret ? ["names", "name", "id", "label"] : ["name", "id", "label"])
        self.filters = filters
    }

    /// By any of its names or IDs, but with all of the labels.
    func includes(_ data: SwarmData) -> Bool {
        let name = data.spec.name ?? ""
        let isNamed =
            filters["names"].contains(name) || filters["name"].contains { name.hasPrefix($0) }
            || filters["id"].contains { data.id.hasPrefix($0) }
        let isAnyone = filters["names"].isEmpty && filters["name"].isEmpty && filters["id"].isEmpty
        return (isAnyone || isNamed) && filters.matchesLabels("label", data.spec.labels ?? [:])
    }
}
