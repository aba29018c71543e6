import Foundation
import Synchronization
import Testing

@testable import Lab

@Suite struct LiveTests {
    private let lab = "name: l\nmanagers: {count: 1, names: \"m{n}\"}\nworkers: {count: 2, names: \"w{n}\"}\n"

    @Test func theSnapshotJoinsMachinesAndNodes() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up(lab)
        try await bed.fleet.kill("w2")
        let snapshot = try await LabSnapshot.take(bed.workspace(lab))
        #expect(snapshot.isLive)
        #expect(snapshot.machines.map(\.name) == ["m1", "w1", "w2"])
        #expect(snapshot.machines.map { $0.node?.state } == [.ready, .ready, .down])
        #expect(snapshot.machines.map(\.swarm) == [.active, .active, nil])
        #expect(snapshot.machines[0].node?.managerStatus == .leader)
    }

    @Test func promoteAndDemoteWaitForTheSwarm() async throws {
        let bed = LabBed()
        defer { bed.end() }
        _ = try await bed.up(lab)
        #expect(
            try await RoleChange(bed.workspace(lab), to: .manager).run(["w1"]) == ["Node w1 promoted to a manager in the swarm."])
        #expect(try await RoleChange(bed.workspace(lab), to: .manager).run(["w1"]) == ["Node w1 is already a manager."])
        #expect(try await RoleChange(bed.workspace(lab), to: .worker).run(["w1"]) == ["Manager w1 demoted in the swarm."])
    }

    @Test func aCommandOnManyMachinesHasTheWorstStatus() async throws {
        let fleet = FakeFleet(machines: ["a", "b", "c"]) { machine, _ in
            if machine == "c" { throw FakeError("no route") }
            return CommandResult(status: machine == "b" ? 3 : 0, stdout: "one\ntwo \(machine)")
        }
        let lines = Mutex<[String]>([])
        let worst = try await FanOut(fleet, timeout: .seconds(1)) { machine, _, line in
            lines.withLock { $0.append("\(machine) \(line)") }
        }
        .run("x", on: ["a", "b", "c"])
        #expect(worst == 255)
        #expect(lines.withLock { $0.sorted() } == ["a one", "a two a", "b one", "b two b", "c no route"])
    }

    @Test func machinesAreSelectedByNamePatternAndRole() throws {
        let topology = try #require(TopologyReader.read(lab).topology)
        #expect(try MachineSelection("w*").machines(of: topology) == ["w1", "w2"])
        #expect(try MachineSelection("managers,w2").machines(of: topology) == ["m1", "w2"])
        #expect(try MachineSelection("?1").machines(of: topology) == ["m1", "w1"])
        #expect(try MachineSelection("all").machines(of: topology).count == 3)
        #expect(try MachineSelection("managers").machines(of: topology, roles: ["m1": .worker, "w1": .manager]) == ["w1"])
        let error = #expect(throws: LabError.self) { _ = try MachineSelection("w3").machines(of: topology) }
        #expect(error?.description == "lab \"l\" has no machine \"w3\"; did you mean \"w1\"?\nIts machines: m1, w1, w2")
    }

    @Test func labsAreFoundByFileFolderAndName() async throws {
        let bed = LabBed()
        defer { bed.end() }
        let folder = bed.root.appending(path: "work")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let locator = LabLocator(directory: folder, store: bed.store)
        #expect(throws: LabError.self) { _ = try locator.find(nil) }
        try Data(lab.utf8).write(to: folder.appending(path: "one.lab.yaml"))
        #expect(try locator.find(nil).topology.name == "l")
        #expect(try locator.find("one").topology.name == "l")
        #expect(try locator.find("one.lab.yaml").topology.name == "l")
        try Data("name: x\nmachines: {a: manager}\n".utf8).write(to: folder.appending(path: "lab.yaml"))
        #expect(try locator.find(nil).topology.name == "x")
        #expect(throws: LabError.self) { _ = try locator.find("l") }
        _ = try await bed.up(lab)
        #expect(try locator.find("l").topology.machines.count == 3, "the file is not there, so what was kept is used")
        #expect(throws: LabError.self) { _ = try locator.find("../etc/passwd") }
    }

    @Test func whatIsKeptSurvivesAndIsPrivate() throws {
        let bed = LabBed()
        defer { bed.end() }
        let state = LabState(
            name: "a", file: "/x/a.yaml", source: "name: a\n", machines: ["m"], created: Date(timeIntervalSince1970: 1000))
        try bed.store.save(state)
        #expect(try bed.store.load("a") == state)
        #expect(bed.store.owner(of: "m") == "a")
        let folder = try FileManager.default.attributesOfItem(atPath: bed.store.folder.path)[.posixPermissions] as? Int
        #expect(folder == 0o700)
        try Data("{".utf8).write(to: bed.store.folder.appending(path: "b.json"))
        let error = #expect(throws: LabError.self) { _ = try bed.store.load("b") }
        #expect(error?.description.contains("cannot read what is known of lab \"b\"") == true)
        #expect(bed.store.labs().map(\.name) == ["a"])
    }
}
