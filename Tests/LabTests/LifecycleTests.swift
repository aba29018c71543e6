import Foundation
import Testing

@testable import Lab

/// A lab on a fake fleet with a store of its own.
struct LabBed {
    let root = TestFolder.path()
    let fleet: FakeFleet
    var store: LabStore { LabStore(root: root) }

    init(_ fleet: FakeFleet = FakeFleet()) { self.fleet = fleet }

    func workspace(_ text: String) throws -> Workspace {
        let (topology, diagnostics) = TopologyReader.read(text)
        let valid = try #require(topology, "\(diagnostics)")
        return Workspace(topology: valid, file: root.appending(path: "x.yaml"), source: text, fleet: fleet, store: store)
    }

    func up(_ text: String, options: LabUp.Options = .init(timeout: .seconds(2))) async throws -> LabUp.Summary {
        try await LabUp(workspace(text), options: options).run()
    }

    func down(_ name: String) async throws -> [String] { try await LabDown(name, fleet: fleet, store: store).run() }

    func nodes(from machine: String) async throws -> [SwarmNode] {
        try await fleet.swarm(of: machine).nodes().sorted { $0.hostname < $1.hostname }
    }

    func end() { try? FileManager.default.removeItem(at: root) }
}

@Suite struct LifecycleTests {
    let three = """
        name: three
        defaults: {memory: 512}
        machines:
          m1: {role: manager, labels: {disk: ssd}}
          w1: {role: worker, availability: drain}
          w2: worker
        """

    @Test func upFormsTheSwarmAsAsked() async throws {
        let bed = LabBed()
        defer { bed.end() }
        let summary = try await bed.up(three)
        #expect(summary.created == ["m1", "w1", "w2"])
        let nodes = try await bed.nodes(from: "m1")
        #expect(nodes.map(\.hostname) == ["m1", "w1", "w2"])
        #expect(nodes.map(\.role) == [.manager, .worker, .worker])
        #expect(nodes.map(\.availability) == [.active, .drain, .active])
        #expect(nodes[0].labels == ["disk": "ssd"])
        #expect(
            bed.fleet.swarms.calls.first
                == "init m1 192.168.99.\(try await bed.fleet.machines()[0].address?.split(separator: ".").last ?? ""):2377")
        #expect(bed.fleet.state.withLock { $0.specs }.allSatisfy { $0.memoryMiB == 512 })
        #expect(try bed.store.load("three")?.isComplete == true)
    }

    @Test func upAgainChangesNothing() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up(three)
        let before = bed.fleet.swarms.calls
        let summary = try await bed.up(three)
        #expect(summary.isNothing)
        #expect(bed.fleet.swarms.calls == before)
        #expect(bed.fleet.calls.count { $0.hasPrefix("create") } == 3)
    }

    @Test func aMachineRemovedBehindItsBackIsMadeAnewAndJoinsAgain() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up(three)
        try await bed.fleet.remove("w2")
        let summary = try await bed.up(three)
        #expect(summary.created == ["w2"])
        let nodes = try await bed.nodes(from: "m1")
        #expect(nodes.map(\.hostname) == ["m1", "w1", "w2"], "the old node of w2 must be gone")
        #expect(nodes.allSatisfy { $0.state == .ready })
    }

    @Test func aStoppedMachineIsStarted() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up(three)
        try await bed.fleet.kill("w1")
        let summary = try await bed.up(three)
        #expect(summary.started == ["w1"])
        #expect(summary.created.isEmpty)
        #expect(try await bed.nodes(from: "m1").allSatisfy { $0.state == .ready })
    }

    @Test func aNodeThatLeftJoinsAgain() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up(three)
        try await bed.fleet.swarm(of: "w1").leave(force: false)
        let summary = try await bed.up(three)
        #expect(summary.swarm.contains("w1 joined as worker"))
        let nodes = try await bed.nodes(from: "m1")
        #expect(nodes.map(\.hostname) == ["m1", "w1", "w2"])
        #expect(nodes[1].availability == .drain)
    }

    @Test func theFirstManagerMayBeTheOneThatIsMissing() async throws {
        let bed = LabBed()
        defer { bed.end() }
        let text = "name: ha\nmanagers: {count: 3, names: \"m{n}\"}\nworkers: 1\n"
        _ = try await bed.up(text)
        try await bed.fleet.remove("m1")
        _ = try await bed.up(text)
        let nodes = try await bed.nodes(from: "m2")
        #expect(nodes.map(\.hostname) == ["m1", "m2", "m3", "worker-1"])
        #expect(nodes.map(\.role) == [.manager, .manager, .manager, .worker])
        #expect(bed.fleet.swarms.calls.count { $0.hasPrefix("init") } == 1, "the swarm lives on; no second one is started")
    }

    @Test func rolesChangedByHandAreSetBack() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up(three)
        let w2 = try #require(try await bed.nodes(from: "m1").last)
        try await bed.fleet.swarm(of: "m1").updateNode(w2.id, .init(role: .manager))
        _ = try await bed.up(three)
        #expect(try await bed.nodes(from: "m1").map(\.role) == [.manager, .worker, .worker])
    }

    @Test func machinesInAnotherSwarmLeaveIt() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up(three)
        let w2 = try await bed.fleet.swarm(of: "w2")
        try await w2.leave(force: true)
        try await w2.initialize(advertise: "x", listen: "y")
        let summary = try await bed.up(three)
        #expect(summary.swarm.contains("w2 left another swarm"))
        #expect(try await bed.nodes(from: "m1").map(\.hostname) == ["m1", "w1", "w2"])
    }

    @Test func aSlowJoinIsWaitedFor() async throws {
        let bed = LabBed()
        defer { bed.end() }
        bed.fleet.swarms.state.withLock { _ = $0.slow.insert("w1") }
        _ = try await bed.up(three)
        #expect(try await bed.nodes(from: "m1").map(\.hostname) == ["m1", "w1", "w2"])
    }

    @Test func aJoinThatFailsInTheBackgroundIsMadeAgain() async throws {
        let bed = LabBed()
        defer { bed.end() }
        bed.fleet.swarms.state.withLock { $0.failingJoins["w1"] = 2 }
        _ = try await bed.up(three)
        #expect(try await bed.nodes(from: "m1").map(\.hostname) == ["m1", "w1", "w2"])
        #expect(bed.fleet.swarms.calls.filter { $0 == "leave w1" }.count == 2)
    }

    @Test func aJoinThatAlwaysFailsIsNamed() async throws {
        let bed = LabBed()
        defer { bed.end() }
        bed.fleet.swarms.state.withLock { $0.failingJoins["w1"] = 100 }
        let error = await #expect(throws: LabError.self) { _ = try await bed.up(three) }
        #expect("\(try #require(error))".contains("w1 does not join the swarm"))
    }

    @Test func bareMachinesStayOutOfSwarms() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up("name: bare\ndefaults: {role: none}\nmachines: {a: , b: {create: steps}}\n")
        #expect(bed.fleet.names == ["a"])
        #expect(try await bed.fleet.swarm(of: "a").info().state == .inactive)
    }

    @Test func aFailedUpLeavesNothingBehind() async throws {
        let bed = LabBed()
        defer { bed.end() }
        bed.fleet.state.withLock { _ = $0.failingCreates.insert("w2") }
        await #expect(throws: FakeError.self) { _ = try await bed.up(three) }
        #expect(bed.fleet.names == [])
        #expect(try bed.store.load("three") == nil)
    }

    @Test func aFailedHealingLeavesWhatWasThereBefore() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up(three)
        try await bed.fleet.remove("w2")
        bed.fleet.state.withLock { _ = $0.failingCreates.insert("w2") }
        await #expect(throws: FakeError.self) { _ = try await bed.up(three) }
        #expect(bed.fleet.names == ["m1", "w1"])
        #expect(try bed.store.load("three")?.machines == ["m1", "w1", "w2"])
    }

    @Test func keepOnFailureKeeps() async throws {
        let bed = LabBed()
        defer { bed.end() }
        bed.fleet.state.withLock { _ = $0.failingCreates.insert("w2") }
        await #expect(throws: FakeError.self) {
            _ = try await bed.up(three, options: .init(parallel: 1, keepsOnFailure: true))
        }
        #expect(bed.fleet.names == ["m1", "w1"])
        #expect(try await bed.down("three") == ["m1", "w1"])
    }

    @Test func anInterruptedUpIsRolledBackWholly() async throws {
        let bed = LabBed(FakeFleet(createTime: .milliseconds(100)))
        defer { bed.end() }
        let task = Task { try await bed.up(three, options: .init(parallel: 1)) }
        try await Task.sleep(for: .milliseconds(150))
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(bed.fleet.names == [])
        #expect(try bed.store.load("three") == nil)
    }

    @Test func machinesAreMadeInParallelWithinTheBound() async throws {
        let bed = LabBed(FakeFleet(createTime: .milliseconds(30)))
        defer { bed.end() }
        _ = try await bed.up("name: many\nmanagers: 1\nworkers: 7\n", options: .init(parallel: 3, timeout: .seconds(5)))
        #expect(bed.fleet.state.withLock { $0.mostConcurrent } == 3)
    }

    @Test func someoneElsesMachineIsNotTouched() async throws {
        let bed = LabBed(FakeFleet(machines: ["w1"]))
        defer { bed.end() }
        let error = await #expect(throws: LabError.self) { _ = try await bed.up(three) }
        #expect(
            error?.description == "machine \"w1\" exists already and is not the lab's (docker-machine rm w1); nothing was done")
        #expect(bed.fleet.names == ["w1"])
        #expect(try await bed.down("three") == [])
        #expect(bed.fleet.names == ["w1"])
    }

    @Test func anotherLabsMachineIsNotTouched() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up("name: one\nmachines: {m1: manager}\n")
        let error = await #expect(throws: LabError.self) { _ = try await bed.up(three) }
        #expect(error?.description == "machine \"m1\" belongs to lab \"one\" (lab down one); nothing was done")
    }

    @Test func downLeavesNothingAndMayBeRepeated() async throws {
        let bed = LabBed()
        defer { bed.end() }
        bed.fleet.add("mine")
        _ = try await bed.up(three)
        #expect(try await bed.down("three") == ["m1", "w1", "w2"])
        #expect(bed.fleet.names == ["mine"])
        #expect(bed.store.labs().isEmpty)
        #expect(try await bed.down("three") == [])
    }

    @Test func machinesMadeByStepsGoDownToo() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up("name: t\ndefaults: {role: none, create: steps}\nmachines: {node-01: , node-02: }\n")
        #expect(bed.fleet.names.isEmpty)
        bed.fleet.add("node-01")
        #expect(try await bed.down("t") == ["node-01"])
    }

    @Test func withoutAnOrchestratorToPutThereNothingIsMade() async throws {
        let bed = LabBed()
        defer { bed.end() }
        bed.fleet.state.withLock { $0.failing = ["check"] }
        await #expect(throws: FakeError.self) { _ = try await bed.up("orchestrator: swarmd\n" + three) }
        #expect(bed.fleet.names.isEmpty)
        #expect(try bed.store.load("three") == nil)
    }

    @Test func everyMachineGetsTheOrchestratorOfTheFileAndKeepsIt() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up("orchestrator: engine\n" + three)
        #expect(bed.fleet.state.withLock { $0.specs.map(\.orchestrator) } == [.engine, .engine, .engine])
        let calls = bed.fleet.calls
        let error = await #expect(throws: LabError.self) { _ = try await bed.up(three) }
        #expect(
            error?.description == "lab \"three\" is up with orchestrator engine, and machines do not change theirs; take it down "
                + "first (lab down three), or use --orchestrator engine")
        #expect(try bed.store.load("three")?.orchestrator == .engine)
        #expect(bed.fleet.calls == calls)
        // What is there needs nothing to be put into it.
        bed.fleet.state.withLock { $0.failing = ["check"] }
        #expect(try await bed.up("orchestrator: engine\n" + three).isNothing)
        _ = try await bed.down("three")
        bed.fleet.state.withLock { $0.failing = [] }
        _ = try await bed.up(three)
        #expect(bed.fleet.state.withLock { $0.specs.suffix(3).map(\.orchestrator) } == [.swarmd, .swarmd, .swarmd])
    }

    @Test func aLabStaysWithTheOrchestratorItWasBroughtUpWith() throws {
        let bed = LabBed()
        defer { bed.end() }
        let topology = try #require(TopologyReader.read(three).topology)
        #expect(LabState.orchestrator(of: topology, store: bed.store) == .swarmd)
        try bed.store.save(LabState(name: "three", file: "/x/three.yaml", source: three, orchestrator: .engine))
        #expect(LabState.orchestrator(of: topology, store: bed.store) == .engine)
        // What the file says by now counts more than what was asked for once.
        let source = "orchestrator: engine\n" + three
        try bed.store.save(LabState(name: "three", file: "/x/three.yaml", source: source, orchestrator: .engine))
        #expect(LabState.orchestrator(of: topology, store: bed.store) == .swarmd)
    }

    @Test func twoVerbsAtOnceAreKeptApart() throws {
        let bed = LabBed()
        defer { bed.end() }
        let lock = try bed.store.lock("three")
        let error = #expect(throws: LabError.self) { _ = try bed.store.lock("three") }
        #expect(error?.description == "another lab command is at work on lab \"three\" (process \(getpid())); wait for it to end")
        _ = try bed.store.lock("other")
        lock.release()
        try bed.store.lock("three").release()
        #expect(try FileManager.default.contentsOfDirectory(atPath: bed.store.folder.path).filter { $0.contains("three") } == [])
    }

    // MARK: run

    let withSteps = """
        name: s
        machines: {a: {role: none}}
        steps:
          - {run: "true", on: a}
        """

    @Test func runTakesDownWhatItBroughtUp() async throws {
        let bed = LabBed()
        defer { bed.end() }
        let report = try await LabRun(bed.workspace(withSteps)).run()
        #expect(report.exitStatus == 0)
        #expect(bed.fleet.names.isEmpty)
        #expect(bed.store.labs().isEmpty)
    }

    @Test func runLeavesUpWhatWasUpAndWhatIsToBeKept() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await LabRun(bed.workspace(withSteps), options: .init(keeps: true)).run()
        #expect(bed.fleet.names == ["a"])
        _ = try await LabRun(bed.workspace(withSteps)).run()
        #expect(bed.fleet.names == ["a"])
    }

    @Test func runTakesDownAfterAFailedStepAndAfterAnInterruption() async throws {
        let bed = LabBed(
            FakeFleet { _, _ in
                try await Task.sleep(for: .seconds(30))
                return CommandResult(status: 1)
            })
        defer { bed.end() }
        let workspace = try bed.workspace(withSteps)
        let task = Task { try await LabRun(workspace).run() }
        while !bed.fleet.calls.contains("a$ true") { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        #expect(try await task.value.interrupted)
        #expect(bed.fleet.names.isEmpty)

        let failing = LabBed(FakeFleet { _, _ in CommandResult(status: 1) })
        defer { failing.end() }
        #expect(try await LabRun(failing.workspace(withSteps)).run().exitStatus == 1)
        #expect(failing.fleet.names.isEmpty)
    }
}
