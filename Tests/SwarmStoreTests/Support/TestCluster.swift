import FoundationEssentials
import Glibc
import Logging
import NIOPosix
import Testing

@testable import SwarmStore

/// Members on loopback, each with its own etcd, data and socket.
actor TestCluster {
    /// One member, and what a manager has of it.
    struct Member: Sendable {
        var configuration: EtcdConfiguration
        var process: EtcdProcess
        var id: UInt64

        var connection: EtcdConnection { process.connection }
        var members: EtcdMembers { EtcdMembers(connection, leaderPatience: .seconds(4)) }
        var store: EtcdStore { EtcdStore(connection, leaderPatience: .seconds(4)) }
    }

    nonisolated let folder: TestFolder
    private let certificates: TestCertificates
    private let logger: Logger
    private(set) var members: [Member] = []
    private var running: [EtcdProcess] = []

    private init(folder: TestFolder, certificates: TestCertificates) {
        self.folder = folder
        self.certificates = certificates
        var logger = Logger(label: "test")
        logger.logLevel =
            ProcessInfo.processInfo.environment["SWARMSTORE_LOG"].flatMap(Logger.Level.init(rawValue:)) ?? .critical
        self.logger = logger
    }

    /// Runs `body` with a store of this many members, and leaves nothing behind.
    static func with<Result: Sendable>(
        _ count: Int, _ body: @Sendable (TestCluster) async throws -> Result
    ) async throws -> Result {
        let folder = try TestFolder()
        defer { folder.remove() }
        let cluster = TestCluster(folder: folder, certificates: try await TestCertificates(in: folder, name: "cluster"))
        do {
            try await cluster.form(count)
            let result = try await body(cluster)
            await cluster.end()
            return result
        } catch {
            await cluster.end()
            throw error
        }
    }

    private func form(_ count: Int) async throws {
        guard count > 0 else { return }
        let configuration = configuration(named: "m0", start: .newCluster)
        try await begin(configuration)
        for _ in 1..<max(count, 1) { try await join() }
    }

    /// A member that does not run yet.
    func configuration(named name: String, start: EtcdConfiguration.Start) -> EtcdConfiguration {
        let url = "https://127.0.0.1:\(freePort())"
        var configuration = EtcdConfiguration(
            name: name, dataDirectory: "\(folder.path)/\(name)-data", socketDirectory: "\(folder.path)/\(name)",
            peerListenURL: url, peerAdvertiseURL: url, peerIdentity: certificates.identity, start: start,
            clusterToken: "test")
        if let executable = ProcessInfo.processInfo.environment["SWARMSTORE_ETCD"] { configuration.executable = executable }
        return configuration
    }

    /// A process that is ended with the cluster; it is not started here.
    func process(_ configuration: EtcdConfiguration) throws -> EtcdProcess {
        let process = try EtcdProcess(configuration, group: .singletonMultiThreadedEventLoopGroup, logger: logger)
        running.append(process)
        return process
    }

    @discardableResult
    func begin(_ configuration: EtcdConfiguration) async throws -> Member {
        let process = try process(configuration)
        try await process.start()
        try await process.waitUntilReady(within: .seconds(30))
        let id = try await EtcdMembers(process.connection).status().memberID
        let member = Member(configuration: configuration, process: process, id: id)
        members.append(member)
        return member
    }

    /// One more member, as learner first.
    @discardableResult
    func join() async throws -> Member {
        let first = members[0]
        var configuration = configuration(named: "m\(members.count)", start: .newCluster)
        let (added, all) = try await first.members.addLearner(peerURL: configuration.peerAdvertiseURL)
        configuration.start = .join(
            all.map { .init(name: $0.id == added.id ? configuration.name : $0.name, url: $0.peerURLs[0]) })
        let member = try await begin(configuration)
        try await first.members.promoteWhenInSync(added.id, within: .seconds(30))
        return member
    }

    /// Ends a member in good order; its data stays.
    func stop(_ index: Int) async { await members[index].process.stop() }

    /// Kills a member's etcd for good: nothing starts it again.
    func kill(_ index: Int) async { await members[index].process.stop(grace: .zero) }

    /// Starts a member again that was stopped or killed.
    func startAgain(_ index: Int, forceNewCluster: Bool = false, wait: Bool = true) async throws {
        var configuration = members[index].configuration
        if forceNewCluster { configuration.start = .forceNewCluster }
        let process = try process(configuration)
        members[index].process = process
        members[index].configuration = configuration
        try await process.start()
        if wait { try await process.waitUntilReady(within: .seconds(30)) }
    }

    /// Starts a stopped member again under another URL.
    func relocate(_ index: Int, to url: String) async throws {
        members[index].configuration.peerListenURL = url
        members[index].configuration.peerAdvertiseURL = url
        try await startAgain(index)
    }

    /// The index of the member that leads.
    func leader() async throws -> Int {
        for _ in 0..<400 {
            for (index, member) in members.enumerated() {
                if let status = try? await member.members.status(), status.isLeader { return index }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw StoreError.noLeader
    }

    private func end() async {
        await withTaskGroup { group in
            for process in running { group.addTask { await process.stop(grace: .zero) } }
        }
    }
}

/// Ends a test's wait with an error instead of hanging.
func within<Result: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw StoreError.timedOut
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw StoreError.timedOut }
        return result
    }
}
