import Machine

/// `ls`: all machines, asked at once, none for longer than the time-out.
enum ListCommand {
    static func run(_ session: Session) async throws -> Int32 {
        let flags = session.invocation.flags
        let filter = try ListingFilter(flags.strings("filter"))
        let format = try ListingFormat(flags.string("format"))
        let timeout = Duration.seconds(max(1, flags.int("timeout")))
        let quiet = flags.bool("quiet")
        let dockerHost = session.environment["DOCKER_HOST"]
        await session.machines.recover(log: Terminal.error)

        let rows = await withTaskGroup(of: MachineListing?.self) { group in
            for (name, loaded) in session.machines.all() {
                group.addTask {
                    switch loaded {
                    case .failure(let error):
                        return quiet || !filter.isEmpty ? nil : .unreadable(name: name, error: "\(error)")
                    case .success(let machine):
                        return await look(machine, filter: filter, dockerHost: dockerHost, timeout: timeout, quiet: quiet)
                    }
                }
            }
            return await group.reduce(into: [MachineListing]()) { if let row = $1 { $0.append(row) } }
        }
        if quiet {
            for row in rows.sorted(by: { NaturalOrder.precedes($0.name, $1.name) }) { Terminal.out(row.name) }
        } else {
            Terminal.raw(try format.render(rows))
        }
        return 0
    }

    /// One machine's row; nil where the filter leaves it out.
    private static func look(
        _ machine: Machine, filter: ListingFilter, dockerHost: String?, timeout: Duration, quiet: Bool
    ) async -> MachineListing? {
        let clock = ContinuousClock()
        let start = clock.now
        let driver = machine.configuration.driverName
        let labels = machine.configuration.options.engine.labels

        let answer = await within(timeout) { await status(of: machine, asksEngine: !quiet, timeout: timeout) }
        guard
            filter.matches(
                name: machine.name, driverName: driver, labels: labels, state: { answer?.state ?? "Timeout" })
        else { return nil }
        guard let answer else { return .timedOut(name: machine.name, driverName: driver, after: clock.now - start) }
        return MachineListing(
            name: machine.name, driverName: driver, state: answer.state, url: answer.url, dockerVersion: answer.version,
            error: answer.error, engineLabels: labels, dockerHost: dockerHost, responseTime: clock.now - start)
    }

    private struct Status: Sendable {
        var state = ""
        var url = ""
        var version: String?
        var error: String?
    }

    private static func status(of machine: Machine, asksEngine: Bool, timeout: Duration) async -> Status {
        var status = Status()
        do { status.state = try await machine.state().rawValue } catch {
            return Status(state: MachineState.error.rawValue, error: "\(error)")
        }
        guard status.state == MachineState.running.rawValue else { return status }
        do {
            status.url = try await machine.url()
            if asksEngine { status.version = try await machine.engineVersion(timeout: timeout) }
        } catch { status.error = "Unable to query docker version: \(error)" }
        return status
    }

    /// The result, or nil where it takes longer: libvirt's calls cannot be cancelled, so they are left behind.
    private static func within<Result: Sendable>(
        _ timeout: Duration, _ body: @escaping @Sendable () async -> Result
    ) async -> Result? {
        let (stream, continuation) = AsyncStream.makeStream(of: Result?.self)
        let work = Task { continuation.yield(await body()) }
        let clock = Task {
            try await Task.sleep(for: timeout)
            continuation.yield(nil)
        }
        defer {
            work.cancel()
            clock.cancel()
        }
        for await first in stream { return first }
        return nil
    }
}
