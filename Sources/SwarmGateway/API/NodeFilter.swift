import DockerAPI

/// Which nodes `GET /nodes` lists.
struct NodeFilter {
    private let filters: Filters

    /// - Throws: status 400 for a filter or a value that does not exist.
    init(_ filters: Filters) throws(APIError) {
        try filters.validate(["id", "name", "label", "node.label", "role", "membership"])
        for role in filters["role"].sorted() where !role.isEmpty && !["worker", "manager"].contains(role.lowercased()) {
            throw APIError(400, "Invalid role filter: '\(role)'")
        }
        for membership in filters["membership"].sorted()
        where !membership.isEmpty && !["accepted", "pending"].contains(membership.lowercased()) {
            throw APIError(400, "Invalid membership filter: '\(membership)'")
        }
        self.filters = filters
    }

    func includes(_ node: SwarmNode) -> Bool {
        filters.matchesPrefix("id", of: node.id)
            && filters.matchesPrefix("name", of: node.description.hostname ?? "")
            && filters.matchesLabels("label", node.description.engine?.labels ?? [:])
            && filters.matchesLabels("node.label", node.spec.labels ?? [:])
            && has("role", node.spec.role)
            // Nodes are accepted by the token that they show, so none waits.
            && has("membership", "accepted")
    }

    private func has(_ name: String, _ value: String) -> Bool {
        let wanted = filters[name].filter { !$0.isEmpty }
        return wanted.isEmpty || wanted.contains { $0.lowercased() == value }
    }
}
