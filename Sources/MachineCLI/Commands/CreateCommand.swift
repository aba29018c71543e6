import Foundation
import Machine

/// `create`: one machine or several, several at a time.
enum CreateCommand {
    static func run(_ session: Session) async throws -> Int32 {
        let options = try CreateOptions(session.invocation, hostCPUs: ProcessInfo.processInfo.processorCount)
        for warning in options.warnings { Terminal.out(warning) }
        let requests = try options.names.map { try request($0, options) }
        let failures = await Progress.show { log in await create(requests, options, session, log: log) }
        try Task.checkCancellation()
        guard let first = failures.first else { return 0 }
        if requests.count == 1 { throw first.error }
        for failure in failures { Terminal.error("(\(failure.name)) \(failure.error)") }
        let allChecks = failures.allSatisfy {
            if case MachineError.preCreateCheck = $0.error { true } else { false }
        }
        return allChecks ? 3 : 1
    }

    private static func create(
        _ requests: [CreateRequest], _ options: CreateOptions, _ session: Session, log: @escaping @Sendable (String) -> Void
    ) async -> [(name: String, error: any Error)] {
        let several = requests.count > 1
        var failures: [(name: String, error: any Error)] = []
        await withTaskGroup(of: (String, (any Error)?).self) { group in
            var waiting = requests[...]
            func next() {
                guard let request = waiting.popFirst() else { return }
                group.addTask {
                    do {
                        try await session.machines.create(request) { line in
                            // With several at a time each line says whose it is, unless it does so itself.
                            let own = line.hasPrefix("(\(request.name)) ")
                            log(several && !own ? "(\(request.name)) \(line)" : line)
                        }
                        return (request.name, nil)
                    } catch { return (request.name, error) }
                }
            }
            for _ in 0..<options.parallel { next() }
            for await (name, error) in group {
                if let error { failures.append((name, error)) } else { log(hint(name, session)) }
                // What has not begun is not begun once something has failed.
                if failures.isEmpty { next() }
            }
        }
        return failures
    }

    private static func hint(_ name: String, _ session: Session) -> String {
        "To see how to connect your Docker Client to the Docker Engine running on this virtual machine, run: "
            + "\(session.program) env \(name)"
    }

    private static func request(_ name: String, _ options: CreateOptions) throws -> CreateRequest {
        var request = CreateRequest(name: name)
        request.driverName = options.driverName
        request.serverNames = options.tlsSANs
        request.keepsOnFailure = options.keepOnFailure
        request.timeout = .seconds(options.timeoutSeconds)
        request.engine.arbitraryFlags = options.engine.options
        request.engine.environment = options.engine.environment
        request.engine.insecureRegistries = options.engine.insecureRegistries
        request.engine.labels = options.engine.labels
        request.engine.registryMirrors = options.engine.registryMirrors
        request.engine.storageDriver = options.engine.storageDriver
        request.engine.installURL = options.engine.installURL
        switch options.target {
        case .virtualMachine(let machine):
            request.memoryMiB = machine.memoryMiB
            request.cpus = machine.cpus
            request.diskMB = machine.diskMB
            request.network = machine.network
            request.cidr = machine.subnet
            request.address = machine.address
            request.image = machine.image
            request.sshUser = machine.sshUser
            request.startsCold = machine.startsCold
            request.orchestrator = machine.orchestrator
        case .url(let url):
            request.url = url
        case .host(let host):
            request.host = host.address
            request.enginePort = host.enginePort
            request.sshUser = host.sshUser
            request.sshKey = host.sshKey ?? ""
            request.sshPort = host.sshPort
        }
        return request
    }
}
