/// Who answers a request.
enum Route: Equatable {
    case engine
    case ping
    case info
    case events
    /// A network of the engine's own that services may use, asked for as if it were the swarm's.
    case predefinedNetwork(String)
    case swarm(SwarmCall)
    /// The swarm's or the engine's: that depends on which network is meant.
    case networks(NetworkCall)
    /// The engine's, once it is known where in networks of the swarm the container is to be.
    case createContainer

    /// Calls of `/networks`.
    enum NetworkCall: Equatable {
        case list, create, prune
        case inspect(String)
        case remove(String)
        case connect(String)
        case disconnect(String)

        /// Whether only its body says whose it is.
        var needsBody: Bool {
            switch self {
            case .create, .connect, .disconnect: true
            case .list, .prune, .inspect, .remove: false
            }
        }
    }

    /// Calls that belong to the swarm (`/swarm`, `/nodes` and what else only managers know).
    enum SwarmCall: Equatable {
        case initialize, join, leave, unlock
        case inspect, update, unlockKey
        case listNodes
        case inspectNode(String)
        case updateNode(String)
        case removeNode(String)
        case list(SwarmCollection)
        case create(SwarmCollection)
        case get(SwarmCollection, String)
        case change(SwarmCollection, String)
        case remove(SwarmCollection, String)
        /// Of a service or a task.
        case logs(SwarmCollection, String)
    }

    /// Whether a service's spec comes with it, which may name networks.
    var isOfServiceSpec: Bool {
        switch self {
        case .swarm(.create(.services)), .swarm(.change(.services, _)): true
        default: false
        }
    }

    /// What matches nothing here is for the engine, which knows how to refuse it.
    init(method: String, target: RequestTarget) {
        self = Self.match(method == "HEAD" ? "GET" : method, target.path[...]) ?? .engine
        if method == "GET", target.path.count == 2, target.path[0] == "networks", ["host", "bridge"].contains(target.path[1]),
            target.value("scope") == "swarm"
        {
            self = .predefinedNetwork(target.path[1])
        }
        // The engine answers HEAD only here.
        if method == "HEAD", self != .ping { self = .engine }
    }

    private static func match(_ method: String, _ path: ArraySlice<String>) -> Route? {
        guard let first = path.first else { return nil }
        let rest = Array(path.dropFirst())
        switch (method, first, rest.count) {
        case ("GET", "_ping", 0): return .ping
        case ("GET", "info", 0): return .info
        case ("GET", "events", 0): return .events
        case ("GET", "swarm", 0): return .swarm(.inspect)
        case ("GET", "swarm", 1): return rest[0] == "unlockkey" ? .swarm(.unlockKey) : nil
        case ("POST", "swarm", 1):
            let calls: [String: SwarmCall] = [
                "init": .initialize, "join": .join, "leave": .leave, "update": .update, "unlock": .unlock,
            ]
            return calls[rest[0]].map(Route.swarm)
        case ("GET", "nodes", 0): return .swarm(.listNodes)
        case ("GET", "nodes", 1): return .swarm(.inspectNode(rest[0]))
        case ("DELETE", "nodes", 1): return .swarm(.removeNode(rest[0]))
        case ("POST", "nodes", 2): return rest[1] == "update" ? .swarm(.updateNode(rest[0])) : nil
        case ("GET", "networks", 0): return .networks(.list)
        case ("GET", "networks", 1): return .networks(.inspect(rest[0]))
        case ("DELETE", "networks", 1): return .networks(.remove(rest[0]))
        case ("POST", "containers", 1): return rest[0] == "create" ? .createContainer : nil
        case ("POST", "networks", 1):
            return rest[0] == "create" ? .networks(.create) : rest[0] == "prune" ? .networks(.prune) : nil
        case ("POST", "networks", 2):
            return rest[1] == "connect"
                ? .networks(.connect(rest[0])) : rest[1] == "disconnect" ? .networks(.disconnect(rest[0])) : nil
        default: return SwarmCollection(rawValue: first)?.call(method, rest).map(Route.swarm)
        }
    }
}

/// Objects of a swarm that are found under a path of their own.
enum SwarmCollection: String, Sendable {
    case services, tasks, secrets, configs

    /// For messages.
    var singular: String { String(rawValue.dropLast()) }

    fileprivate func call(_ method: String, _ rest: [String]) -> Route.SwarmCall? {
        switch (method, rest.count) {
        case ("GET", 0): .list(self)
        case ("GET", 1): .get(self, rest[0])
        case ("POST", 1): rest[0] == "create" && self != .tasks ? .create(self) : nil
        case ("POST", 2): rest[1] == "update" && self != .tasks ? .change(self, rest[0]) : nil
        case ("GET", 2): rest[1] == "logs" && (self == .services || self == .tasks) ? .logs(self, rest[0]) : nil
        case ("DELETE", 1): self != .tasks ? .remove(self, rest[0]) : nil
        default: nil
        }
    }
}
