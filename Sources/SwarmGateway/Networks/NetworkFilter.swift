import DockerAPI

/// Which networks of the swarm a list has in it. What is wrong with the filters the engine says, which gets the same.
struct NetworkFilter {
    private let filters: Filters

    init(_ filters: Filters) { self.filters = filters }

    /// Whether it has to be known which networks are in use.
    var needsUsers: Bool { !filters["dangling"].isEmpty }

    func includes(_ network: NetworkResource) -> Bool {
        matches("name", network.name) && matches("id", network.id)
            && filters.matchesExactly("driver", network.driver)
            && filters.matchesExactly("scope", network.scope)
            && filters.matchesLabels("label", network.labels ?? [:])
            // Those that every engine has are the engine's.
            && filters.matchesExactly("type", "custom")
            && dangles(network)
    }

    private func dangles(_ network: NetworkResource) -> Bool {
        guard let wanted = filters["dangling"].first else { return true }
        let isWanted = ["1", "true", "True", "TRUE", "t", "T"].contains(wanted)
        return (network.services?.isEmpty ?? true) == isWanted
    }

    /// By a part of the text, of which `^` and `$` are the ends, as the engine does it.
    private func matches(_ name: String, _ text: String) -> Bool {
        let wanted = filters[name]
        return wanted.isEmpty
            || wanted.contains { wanted in
                var part = wanted[...]
                let (isStart, isEnd) = (part.hasPrefix("^"), part.hasSuffix("$"))
                if isStart { part = part.dropFirst() }
                if isEnd { part = part.dropLast() }
                return switch (isStart, isEnd) {
                case (true, true): text == part
                case (true, false): text.hasPrefix(part)
                case (false, true): text.hasSuffix(part)
                case (false, false): text.contains(part)
                }
            }
    }
}

/// Which networks of the swarm `POST /networks/prune` removes.
struct NetworkPruneFilter {
    private let filters: Filters
    private let before: Timestamp?

    /// - Throws: status 400 for a time that cannot be read.
    init(_ filters: Filters, now: Timestamp) throws(APIError) {
        self.filters = filters
        before = try filters["until"].first.map { text throws(APIError) in
            guard let time = Self.time(text, now: now) else {
                throw APIError(400, "invalid filter 'until=\(text)': a time, or a duration such as 24h")
            }
            return time
        }
    }

    func includes(_ network: NetworkResource) -> Bool {
        let labels = network.labels ?? [:]
        return filters.matchesLabels("label", labels)
            && (filters["label!"].isEmpty || !filters.matchesLabels("label!", labels))
            && before.map { network.created ?? $0 < $0 } ?? true
    }

    /// A time as people type it: seconds since 1970, RFC 3339, or how long ago it was, such as `1h30m`.
    private static func time(_ text: String, now: Timestamp) -> Timestamp? {
        if let seconds = Int64(text) {
            return Timestamp(nanoseconds: seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue)
        }
        if let time = Timestamp(text) { return time }
        let units: [String: Double] = ["h": 3600e9, "m": 60e9, "s": 1e9, "ms": 1e6, "us": 1e3, "ns": 1]
        var rest = text[...]
        var sum = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let factor = units[String(unit)] else { return nil }
            sum += value * factor
        }
        guard !text.isEmpty, sum < 1e18 else { return nil }
        return Timestamp(nanoseconds: now.nanoseconds - Int64(sum))
    }
}
