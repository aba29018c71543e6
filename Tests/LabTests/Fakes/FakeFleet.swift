import Foundation
import Synchronization

@testable import Lab

/// Machines that exist in memory only. Commands are answered by closures, or on the host by a real bash.
final class FakeFleet: Fleet, Sendable {
    typealias Answer = @Sendable (String) async throws -> CommandResult

    struct State {
        var machines: [String: FleetMachine] = [:]
        var specs: [MachineSpec] = []
        var removed: [String] = []
        var calls: [String] = []
        var failingCreates: Set<String> = []
        /// What machines were like at checkpoints: by checkpoint, by machine.
        var kept: [String: [String: FleetMachine]] = [:]
        /// Calls that fail: `checkpoint`, `rewind`, `suspend`, `resume`, `removeCheckpoint`.
        var failing: Set<String> = []
        var nextAddress = 101
        var concurrent = 0
        var mostConcurrent = 0
    }

    let state = Mutex(State())
    let swarms = FakeSwarms()
    let onHost: Answer?
    let onMachine: @Sendable (String, String) async throws -> CommandResult
    let createTime: Duration

    init(
        machines: [String] = [], createTime: Duration = .zero,
        onMachine: @escaping @Sendable (String, String) async throws -> CommandResult = { _, _ in CommandResult(status: 0) },
        onHost: Answer? = nil
    ) {
        self.onHost = onHost
        self.onMachine = onMachine
        self.createTime = createTime
        for name in machines { add(name) }
    }

    func add(_ name: String, driver: String = "libvirt") {
        state.withLock {
            let address = "192.168.99.\($0.nextAddress)"
            $0.nextAddress += 1
            $0.machines[name] = FleetMachine(
                name: name, id: "id-\($0.nextAddress)", state: .running, address: address, driver: driver,
                url: "tcp://\(address):2376")
        }
    }

    var names: [String] { state.withLock { $0.machines.keys.sorted() } }
    var calls: [String] { state.withLock { $0.calls } }
    private func note(_ call: String) { state.withLock { $0.calls.append(call) } }

    private func change(_ name: String, _ change: (inout FleetMachine) -> Void) throws {
        try state.withLock {
            guard var machine = $0.machines[name] else { throw FakeError("Docker machine \"\(name)\" does not exist.") }
            change(&machine)
            $0.machines[name] = machine
        }
    }

    // MARK: Fleet

    func machines() async throws -> [FleetMachine] {
        state.withLock { $0.machines.values.sorted { $0.name < $1.name } }
    }

    func check(_ orchestrator: Orchestrator) throws {
        try failIfAsked("check")
    }

    func create(_ spec: MachineSpec, log: @escaping @Sendable (String) -> Void) async throws {
        note("create \(spec.name)")
        state.withLock {
            $0.specs.append(spec)
            $0.concurrent += 1
            $0.mostConcurrent = max($0.mostConcurrent, $0.concurrent)
        }
        defer { state.withLock { $0.concurrent -= 1 } }
        log("Booting")
        try await Task.sleep(for: createTime)
        if state.withLock({ $0.failingCreates.contains(spec.name) }) { throw FakeError("no room for \(spec.name)") }
        add(spec.name, driver: spec.driver)
    }

    func start(_ name: String) async throws {
        note("start \(name)")
        try change(name) { $0.state = .running }
        swarms.power(name, on: true)
    }

    func stop(_ name: String) async throws {
        note("stop \(name)")
        try change(name) { $0.state = .stopped }
        swarms.power(name, on: false)
    }

    func kill(_ name: String) async throws {
        note("kill \(name)")
        try change(name) { $0.state = .stopped }
        swarms.power(name, on: false)
    }

    func remove(_ name: String) async throws {
        note("remove \(name)")
        state.withLock {
            $0.machines[name] = nil
            for checkpoint in $0.kept.keys { $0.kept[checkpoint]?[name] = nil }
            $0.kept = $0.kept.filter { !$0.value.isEmpty }
            $0.removed.append(name)
        }
        swarms.forget(name)
    }

    func suspend(_ names: [String]) async throws {
        note("suspend \(names.joined(separator: " "))")
        for name in names {
            guard state.withLock({ $0.machines[name]?.state }) == .running else { throw FakeError("Host is not running") }
            try change(name) { $0.state = .saved }
            swarms.power(name, on: false)
            // The first is suspended, the others are not.
            try failIfAsked("suspend")
        }
    }

    func resume(_ names: [String]) async throws {
        note("resume \(names.joined(separator: " "))")
        try failIfAsked("resume")
        for name in names {
            guard state.withLock({ $0.machines[name]?.isSuspended }) == true else { throw FakeError("Host is not suspended") }
            try change(name) { $0.state = .running }
            swarms.power(name, on: true)
        }
    }

    func checkpoint(_ checkpoint: String, of machines: [String]) async throws {
        note("checkpoint \(checkpoint) \(machines.joined(separator: " "))")
        for name in machines {
            guard let machine = state.withLock({ $0.machines[name] }), machine.state == .running else {
                throw FakeError("Host is not running")
            }
            state.withLock { $0.kept[checkpoint, default: [:]][name] = machine }
            // The first is kept, the others are not.
            try failIfAsked("checkpoint")
        }
        swarms.keep(checkpoint)
    }

    func rewind(to checkpoint: String, of machines: [String]) async throws {
        note("rewind \(checkpoint) \(machines.joined(separator: " "))")
        try failIfAsked("rewind")
        try state.withLock {
            for name in machines {
                guard let machine = $0.kept[checkpoint]?[name] else { throw FakeError("\(name) has no checkpoint \(checkpoint)") }
                $0.machines[name] = machine
            }
        }
        swarms.rewind(to: checkpoint)
    }

    func removeCheckpoint(_ checkpoint: String, of machines: [String]) async throws {
        note("removeCheckpoint \(checkpoint) \(machines.joined(separator: " "))")
        try failIfAsked("removeCheckpoint")
        state.withLock {
            for name in machines { $0.kept[checkpoint]?[name] = nil }
            $0.kept = $0.kept.filter { !$0.value.isEmpty }
        }
    }

    private func failIfAsked(_ call: String) throws {
        if state.withLock({ $0.failing.contains(call) }) { throw FakeError("no space left on device") }
    }

    func run(
        _ command: String, on name: String, input: Data?, timeout: Duration,
        output: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> CommandResult {
        note("\(name)$ \(command)")
        let result = try await onMachine(name, command)
        output(.init(.stdout, result.standardOutput))
        output(.init(.stderr, result.standardError))
        return result
    }

    func runOnHost(
        _ command: String, directory: URL, environment: [String: String], input: Data?, timeout: Duration,
        output: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> CommandResult {
        let typed = environment["LAB_COMMAND"] ?? environment["LAB_URL"] ?? command
        note("$ \(typed)")
        let result: CommandResult
        if let onHost {
            result = try await onHost(typed)
        } else {
            result = try await Self.bash(command, directory, environment, input)
        }
        output(.init(.stdout, result.standardOutput))
        output(.init(.stderr, result.standardError))
        return result
    }

    func environment(of name: String) async throws -> [String: String] {
        let url = state.withLock { $0.machines[name]?.url } ?? ""
        return [
            "DOCKER_TLS_VERIFY": "1", "DOCKER_HOST": url, "DOCKER_CERT_PATH": "/certs/\(name)", "DOCKER_MACHINE_NAME": name,
        ]
    }

    func shell(on name: String) async throws -> Int32 { 0 }

    func swarm(of name: String) async throws -> any SwarmControl {
        guard let machine = state.withLock({ $0.machines[name] }), machine.state == .running else {
            throw FakeError("Host is not running")
        }
        return FakeSwarmControl(name: name, address: machine.address ?? "", swarms: swarms)
    }

    static func bash(
        _ command: String, _ directory: URL, _ environment: [String: String], _ input: Data?
    ) async throws -> CommandResult {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = directory
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let files = TestFolder.path()
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        let out = files.appending(path: "out"), err = files.appending(path: "err"), stdin = files.appending(path: "in")
        for file in [out, err] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        try (input ?? Data()).write(to: stdin)
        process.standardInput = try FileHandle(forReadingFrom: stdin)
        process.standardOutput = try FileHandle(forWritingTo: out)
        process.standardError = try FileHandle(forWritingTo: err)
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            process.terminationHandler = { _ in done.resume() }
            do { try process.run() } catch { done.resume() }
        }
        return CommandResult(
            status: process.terminationStatus, standardOutput: try Data(contentsOf: out), standardError: try Data(contentsOf: err)
        )
    }
}

struct FakeError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension CommandResult {
    init(status: Int32 = 0, stdout: String, stderr: String = "") {
        self.init(status: status, standardOutput: Data(stdout.utf8), standardError: Data(stderr.utf8))
    }
}
