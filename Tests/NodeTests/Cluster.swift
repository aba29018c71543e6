import Foundation
import Processes
import Testing

/// Hosts with nothing on them but a running engine, and swarmd before it where that is under test.
struct Cluster: Sendable {
    let orchestrator: Orchestrator
    let hosts: [Host]
    subscript(number: Int) -> Host { hosts[number - 1] }

    /// - Parameter count: 1 to 3. The other hosts of the bed are off.
    init(_ orchestrator: Orchestrator, hosts count: Int) async throws {
        self.orchestrator = orchestrator
        hosts = (1...count).map(Host.init)
        let all = (1...3).map { "node-\($0)" }
        try await Host.bed(["heal"])
        try await Host.bed(["power-off"] + all)
        try await Host.bed(["renew"] + all.prefix(count))
        try await start(hosts)
    }

    /// The same with a swarm on it: the first hosts are its managers, the others its workers.
    init(_ orchestrator: Orchestrator, managers: Int, workers: Int = 0) async throws {
        try await self.init(orchestrator, hosts: managers + workers)
        try await self[1].sh("docker swarm init")
        for host in hosts.dropFirst() {
            try await join(host, as: host.number <= managers ? "manager" : "worker")
        }
        try await eventually("all nodes are ready") {
            try await self.nodes().filter { $0.contains(" Ready ") }.count == hosts.count
        }
    }

    /// A swarm whose engines can pull images, by their public names.
    static func withImages(_ orchestrator: Orchestrator, managers: Int, workers: Int = 0) async throws -> Cluster {
        let cluster = try await Cluster(orchestrator, managers: managers, workers: workers)
        try await Host.bed(["registry-up"])
        return cluster
    }

    /// Starts the daemons of hosts that are on.
    func start(_ hosts: [Host]) async throws {
        let names = hosts.map(\.name)
        switch orchestrator {
        case .stock: try await Host.bed(["engine-up"] + names)
        case .swarmd:
            try await Host.bed(["engine-up", "--swarmd"] + names)
            try await startSwarmd(hosts)
        }
    }

    func startSwarmd(_ hosts: [Host]) async throws {
        for host in hosts { try await Host.bed(["swarmd-up", host.name]) }
    }

    func powerOff(_ hosts: [Host]) async throws { try await Host.bed(["power-off"] + hosts.map(\.name)) }
    /// As when the power comes back.
    func powerOn(_ hosts: [Host]) async throws {
        try await Host.bed(["power-on"] + hosts.map(\.name))
        try await start(hosts)
    }

    func token(_ role: String) async throws -> String { try await self[1].sh("docker swarm join-token -q \(role)") }

    func join(_ host: Host, as role: String) async throws {
        let text = try await host.sh("docker swarm join --token \(token(role)) \(self[1].address):2377")
        #expect(text == "This node joined a swarm as a \(role).")
    }

    /// `node-1 Ready Active Leader` and so on, by name.
    func nodes(at host: Host? = nil) async throws -> [String] {
        let format = "{{.Hostname}} {{.Status}} {{.Availability}} {{.ManagerStatus}}"
        return try await (host ?? self[1]).sh("docker node ls --format '\(format)'").split(separator: "\n")
            .map { $0.trimmingCharacters(in: .whitespaces) }.sorted()
    }

    /// `web.1 node-1 Running` and so on: the tasks of a service that are to run, in order.
    func tasks(_ service: String, filter: String = "desired-state=running", at host: Host? = nil) async throws -> [String] {
        let format = "{{.Name}} {{.Node}} {{.CurrentState}}"
        return try await (host ?? self[1]).sh("docker service ps --filter \(filter) --format '\(format)' \(service)")
            .split(separator: "\n").map { $0.split(separator: " ").prefix(3).joined(separator: " ") }.sorted()
    }

    /// Waits until as many tasks of a service run as are to, and no others are to run.
    func running(_ count: Int, of service: String, at location: SourceLocation = #_sourceLocation) async throws {
        try await eventually("\(count) tasks of \(service) run", within: .seconds(60), at: location) {
            let tasks = try await self.tasks(service)
            return tasks.count == count && tasks.allSatisfy { $0.hasSuffix(" Running") }
        }
    }

    /// Running containers of a service, on all hosts.
    func containers(of service: String) async throws -> [String] {
        var found: [String] = []
        for host in hosts {
            let list = try await host.sh("docker ps -q --no-trunc --filter label=com.docker.swarm.service.name=\(service)")
            found += list.split(separator: "\n").map(String.init)
        }
        return found.sorted()
    }

    func id(of host: Host) async throws -> String { try await host.sh("docker info -f '{{.Swarm.NodeID}}'") }

    /// The name of the leader that a manager sees; nil where it sees none, or does not answer.
    func leader(at host: Host) async throws -> String? {
        let result = try await host.attempt("docker node ls --format '{{.Hostname}} {{.ManagerStatus}}'")
        return result.text.split(separator: "\n").first { $0.hasSuffix(" Leader") }?.split(separator: " ").first.map(String.init)
    }
}

/// Waits until something is so; a command that fails meanwhile says that it is not.
func eventually(
    _ what: String, within limit: Duration = .seconds(30), at location: SourceLocation = #_sourceLocation,
    _ isSo: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while true {
        var reason = ""
        do {
            if try await isSo() { return }
        } catch let error as CommandError {
            reason = ": \(error)"
        }
        let isInTime = clock.now < end
        try #require(isInTime, "\(what): not within \(limit)\(reason)", sourceLocation: location)
        try await Task.sleep(for: .milliseconds(100))
    }
}

/// Expects a text to match a regular expression as a whole.
func expect(_ text: String, matches pattern: String, at location: SourceLocation = #_sourceLocation) {
    #expect(text.range(of: "^(?:\(pattern))$", options: .regularExpression) != nil, "\(text)", sourceLocation: location)
}
