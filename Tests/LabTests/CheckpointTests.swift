import Foundation
import Testing

@testable import Lab

@Suite struct CheckpointTests {
    let three = "name: three\nmanagers: {count: 3, names: \"m{n}\"}\n"

    /// A lab that is up.
    private func bed(timeout: Duration = .seconds(60)) async throws -> (LabBed, LabCheckpoints) {
        let bed = LabBed()
        _ = try await bed.up(three)
        return (bed, LabCheckpoints(try bed.workspace(three), timeout: timeout))
    }

    private func message(_ body: () async throws -> some Any) async -> String {
        do {
            _ = try await body()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test func aLabGoesBackToWhereItWas() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        try await checkpoints.take("well")
        let nodes = try await bed.nodes(from: "m1")
        try await bed.fleet.kill("m2")
        try await bed.fleet.swarm(of: "m1").updateNode(nodes[2].id, .init(role: .worker))
        let back = try await checkpoints.rewind(to: "well")
        #expect(try await bed.nodes(from: "m1") == nodes)
        #expect(try await bed.fleet.machines().allSatisfy { $0.state == .running })
        #expect(back.swarm != nil)
        #expect(try checkpoints.all().map(\.name) == ["well"], "it serves a second time")
        _ = try await checkpoints.rewind(to: "well")
    }

    @Test func whatIsKeptSaysWhoWasThereAndWhoWasWell() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        let control = try await bed.fleet.swarm(of: "m1")
        let nodes = try await bed.nodes(from: "m1")
        try await control.updateNode(nodes[2].id, .init(role: .worker))
        try await checkpoints.take("a", progress: .init(step: 2, name: "second", captured: ["x": "1"], session: "x=1"))
        let kept = try #require(try bed.store.load("three")?.checkpoint("a"))
        #expect(kept.machines.map(\.name) == ["m1", "m2", "m3"])
        #expect(kept.machines.map(\.id) == (try await bed.fleet.machines().map(\.id)))
        #expect(kept.swarm?.members.map(\.isManager) == [true, true, false])
        #expect(kept.progress == .init(step: 2, name: "second", captured: ["x": "1"], session: "x=1"))
    }

    @Test func theSwarmIsWaitedForUntilItIsAsItWas() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        try await checkpoints.take("well")
        bed.fleet.swarms.state.withLock { $0.late = ["m2": 5] }
        _ = try await checkpoints.rewind(to: "well")
        #expect(bed.fleet.swarms.state.withLock { $0.late["m2"] } == 0)
        #expect(try bed.store.load("three")?.isComplete == true)
    }

    @Test func aNodeThatDoesNotComeBackIsNamed() async throws {
        let (bed, checkpoints) = try await bed(timeout: .milliseconds(200))
        defer { bed.end() }
        try await checkpoints.take("well")
        bed.fleet.swarms.state.withLock { $0.late = ["m2": .max] }
        #expect(
            await message { try await checkpoints.rewind(to: "well") } == """
                the swarm of lab "three" is not as it was after 200 ms: m2 is down
                Look at it with docker-machine ssh m1 docker node ls, and at the engines with lab logs three; \
                lab up three mends what it can
                """)
        #expect(try bed.store.load("three")?.isComplete == false)
    }

    @Test func aNodeThatWasDownIsNotWaitedFor() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        // Its engine is down, the machine is not.
        bed.fleet.swarms.power("m3", on: false)
        try await checkpoints.take("two")
        #expect(try checkpoints.find("two").swarm?.members.map(\.machine) == ["m1", "m2"])
        _ = try await checkpoints.rewind(to: "two")
    }

    @Test func aLabWithoutASwarmGoesBackToo() async throws {
        let bed = LabBed()
        defer { bed.end() }
        let text = "name: bare\ndefaults: {role: none}\nmachines: {a: , b: }\n"
        _ = try await bed.up(text)
        let checkpoints = LabCheckpoints(try bed.workspace(text))
        try await checkpoints.take("x")
        try await bed.fleet.stop("a")
        #expect(try await checkpoints.rewind(to: "x").swarm == nil)
        #expect(try await bed.fleet.machines().allSatisfy { $0.state == .running })
    }

    // MARK: Bad input

    @Test func namesThatMakeNoSense() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        for name in ["", "a b", "../x", "a/b", ".x", "-x", "x.", "é", String(repeating: "a", count: 64)] {
            let text = await message { try await checkpoints.take(name) }
            #expect(text.contains("cannot be a checkpoint's name"), "\(name)")
        }
        #expect(bed.fleet.calls.allSatisfy { !$0.hasPrefix("checkpoint") })
    }

    @Test func anUnknownCheckpointNamesThoseThereAre() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        #expect(
            await message { try await checkpoints.rewind(to: "good") }
                == "lab \"three\" has no checkpoint \"good\", and no other; take one with lab checkpoint three NAME")
        try await checkpoints.take("goods")
        try await checkpoints.take("other")
        #expect(
            await message { try await checkpoints.rewind(to: "good") }
                == "lab \"three\" has no checkpoint \"good\"; did you mean \"goods\"?\nIts checkpoints: goods, other")
        #expect(await message { try await checkpoints.remove("x") }.contains("Its checkpoints: goods, other"))
    }

    @Test func aNameThatIsTakenIsKeptUnlessItIsToBeReplaced() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        let first = try await checkpoints.take("a")
        #expect(await message { try await checkpoints.take("a") }.contains("replace it with --replace"))
        #expect(bed.fleet.calls.count { $0.hasPrefix("checkpoint") } == 1)
        let second = try await checkpoints.take("a", replaces: true)
        #expect(try checkpoints.all().count == 1)
        #expect(second.created >= first.created)
        #expect(bed.fleet.calls.contains("removeCheckpoint a m1 m2 m3"))
    }

    @Test func aLabThatIsNotUpHasNone() async throws {
        let bed = LabBed()
        defer { bed.end() }
        let checkpoints = LabCheckpoints(try bed.workspace(three))
        for text in [
            await message { try await checkpoints.take("a") }, await message { try await checkpoints.rewind(to: "a") },
            await message { try checkpoints.all() }, await message { try await checkpoints.remove("a") },
        ] { #expect(text == "lab \"three\" is not up (lab up)") }
    }

    @Test func machinesThatCameOrWentAreNamedAndNothingIsChanged() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        try await checkpoints.take("a")
        try await bed.fleet.remove("m2")
        let before = try bed.store.load("three")
        #expect(
            await message { try await checkpoints.rewind(to: "a") } == """
                lab "three" cannot go back to checkpoint "a": since then machine "m2" was removed; nothing was changed
                Remove the checkpoint with lab checkpoints three --remove a
                """)
        // Made anew under its name.
        bed.fleet.add("m2")
        #expect(await message { try await checkpoints.rewind(to: "a") }.contains("machine \"m2\" was made anew; nothing"))
        var state = try #require(before)
        state.machines.append("m4")
        try bed.store.save(state)
        bed.fleet.add("m4")
        #expect(
            await message { try await checkpoints.rewind(to: "a") }
                .contains("machine \"m2\" was made anew, machine \"m4\" was added; nothing"))
        #expect(bed.fleet.calls.allSatisfy { !$0.hasPrefix("rewind") })
        #expect(try bed.store.load("three") == state)
    }

    @Test func allMachinesHaveToRun() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        try await bed.fleet.kill("m2")
        #expect(
            await message { try await checkpoints.take("a") }
                == "a checkpoint needs all machines running: m2 is Stopped; lab up three starts what is stopped")
        try await bed.fleet.start("m2")
        _ = try await LabSuspension(bed.workspace(three)).suspend()
        #expect(
            await message { try await checkpoints.take("a") }
                == "lab \"three\" is suspended; let it go on first (lab resume three), then take the checkpoint")
        #expect(try checkpoints.all().isEmpty)
    }

    // MARK: Faults

    @Test func aCheckpointThatFailsLeavesNothing() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        bed.fleet.state.withLock { $0.failing = ["checkpoint"] }
        #expect(await message { try await checkpoints.take("a") } == "no space left on device")
        #expect(bed.fleet.state.withLock { $0.kept.isEmpty }, "the part of m1 is removed again")
        #expect(try bed.store.load("three")?.checkpoints == [])
    }

    @Test func whatCouldNotBeRemovedAtOnceIsRemovedByTheNextVerb() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        bed.fleet.state.withLock { $0.failing = ["checkpoint", "removeCheckpoint"] }
        #expect(await message { try await checkpoints.take("a") } == "no space left on device")
        #expect(try bed.store.load("three")?.checkpoints.map(\.isComplete) == [false])
        #expect(try checkpoints.all().isEmpty)
        #expect(await message { try await checkpoints.rewind(to: "a") }.contains("has no checkpoint \"a\""))
        bed.fleet.state.withLock { $0.failing = [] }
        _ = try await bed.up(three)
        #expect(bed.fleet.state.withLock { $0.kept.isEmpty })
        #expect(try bed.store.load("three")?.checkpoints == [])
        try await checkpoints.take("a")
    }

    @Test func whatWasCutOffIsMadeAnewUnderItsName() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        // As a process that was killed leaves it.
        var state = try #require(try bed.store.load("three"))
        state.checkpoints = [Checkpoint(name: "a", machines: [.init("m1"), .init("gone")])]
        try bed.store.save(state)
        try await bed.fleet.checkpoint("a", of: ["m1"])
        try await checkpoints.take("a")
        #expect(bed.fleet.calls.contains("removeCheckpoint a m1"))
        #expect(try checkpoints.all().map(\.machines.count) == [3])
        #expect(bed.fleet.state.withLock { $0.kept["a"]?.count } == 3)
    }

    @Test func aRewindThatFailsCanBeDoneAgain() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        try await checkpoints.take("a")
        bed.fleet.state.withLock { $0.failing = ["rewind"] }
        #expect(
            await message { try await checkpoints.rewind(to: "a") } == """
                lab "three" could not go back to checkpoint "a": no space left on device
                The checkpoint is still there: lab rewind three a tries again
                """)
        #expect(try bed.store.load("three")?.isComplete == false)
        bed.fleet.state.withLock { $0.failing = [] }
        _ = try await checkpoints.rewind(to: "a")
        #expect(try bed.store.load("three")?.isComplete == true)
    }

    @Test func downRemovesCheckpointsToo() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        try await checkpoints.take("a")
        try await checkpoints.take("b")
        _ = try await bed.down("three")
        #expect(bed.fleet.state.withLock { $0.kept.isEmpty })
        #expect(bed.store.labs().isEmpty)
    }

    @Test func oneIsRemovedAndTheOthersStay() async throws {
        let (bed, checkpoints) = try await bed()
        defer { bed.end() }
        try await checkpoints.take("a")
        try await checkpoints.take("b")
        try await checkpoints.remove("a")
        #expect(try checkpoints.all().map(\.name) == ["b"])
        #expect(bed.fleet.state.withLock { $0.kept.keys.sorted() } == ["b"])
    }

    @Test func whatWasKeptBeforeThereWereCheckpointsIsRead() throws {
        let bed = LabBed()
        defer { bed.end() }
        try FileManager.default.createDirectory(at: bed.store.folder, withIntermediateDirectories: true)
        let old = """
            {"name": "old", "file": "/x/old.yaml", "source": "", "orchestrator": "engine", "machines": ["m"],
             "created": "2026-01-01T00:00:00Z", "isComplete": true}
            """
        try Data(old.utf8).write(to: bed.store.folder.appending(path: "old.json"))
        #expect(try bed.store.load("old")?.checkpoints == [])
    }
}
