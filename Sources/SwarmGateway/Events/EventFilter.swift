import DockerAPI

/// Which of the swarm's events a client of `GET /events` gets to see, by the engine's rules.
struct EventFilter {
    private var filters = Filters()
    /// Nil: nothing that was before.
    private(set) var since: Timestamp?
    private(set) var until: Timestamp?

    /// - Throws: status 400 where the engine refuses as well.
    init(_ target: RequestTarget) throws(APIError) {
        filters = try Filters(target.value("filters"))
        since = try target.time("since")
        until = try target.time("until")
    }

    func includes(_ event: SwarmEvent) -> Bool {
        if let since, event.time < since { return false }
        if let until, until < event.time { return false }
        guard filters.matchesExactly("scope", "swarm"), filters.matchesExactly("type", event.kind) else { return false }
        guard filters.matchesExactly("event", event.action), filters.matchesLabels("label", event.attributes) else {
            return false
        }
        // A filter by an object of one kind leaves out what happens to another, unless that has the same name.
        return Self.kinds.allSatisfy {
            filters.matchesPrefix($0, of: event.id) || filters.matchesPrefix($0, of: event.attributes["name"] ?? "")
        }
    }

    private static let kinds = [
        "container", "daemon", "image", "network", "node", "plugin", "service", "secret", "config", "volume",
    ]

}

extension RequestTarget {
    /// Seconds since 1970 with up to nine decimals, as clients send it whatever a person has typed.
    func time(_ name: String) throws(APIError) -> Timestamp? {
        let text = value(name)
        guard !text.isEmpty else { return nil }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let seconds = Int64(parts[0]), abs(seconds) < Int64.max / 1_000_000_000 - 1 else {
            throw APIError(400, "strconv.ParseInt: parsing \"\(parts[0])\": invalid syntax")
        }
        var fraction: Int64 = 0
        if parts.count > 1 {
            let digits = parts[1].prefix(9)
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw APIError(400, "strconv.ParseInt: parsing \"\(parts[1])\": invalid syntax")
            }
            fraction = Int64(digits + String(repeating: "0", count: 9 - digits.count)) ?? 0
        }
        return Timestamp(nanoseconds: seconds * 1_000_000_000 + fraction)
    }
}
