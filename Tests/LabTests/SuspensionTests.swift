import Foundation
import Testing

@testable import Lab

@Suite struct SuspensionTests {
    let three = "name: three\nmanagers: {count: 1, names: \"m{n}\"}\nworkers: {count: 2, names: \"w{n}\"}\n"

    private func bed() async throws -> (LabBed, LabSuspension) {
        let bed = LabBed()
        _ = try await bed.up(three)
        return (bed, LabSuspension(try bed.workspace(three), timeout: .seconds(60)))
    }

    private func message(_ body: () async throws -> some Any) async -> String {
        do {
            _ = try await body()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test func aLabSleepsAndGoesOn() async throws {
        let (bed, suspension) = try await bed()
        defer { bed.end() }
        #expect(try await suspension.suspend().machines == ["m1", "w1", "w2"])
        #expect(try await bed.fleet.machines().allSatisfy { $0.state == .saved })
        #expect(bed.fleet.calls.last == "suspend m1 w1 w2", "all in one call: at one instant")
        #expect(try bed.store.load("three")?.suspension?.swarm?.members.count == 3)
        let outcome = try await suspension.resume()
        #expect(outcome.machines == ["m1", "w1", "w2"])
        #expect(outcome.swarm != nil)
        #expect(try await bed.nodes(from: "m1").allSatisfy { $0.state == .ready })
        #expect(try bed.store.load("three")?.suspension == nil)
    }

    @Test func doingItAgainIsNoError() async throws {
        let (bed, suspension) = try await bed()
        defer { bed.end() }
        #expect(try await suspension.resume().machines == [])
        _ = try await suspension.suspend()
        #expect(try await suspension.suspend().machines == [])
        _ = try await suspension.resume()
        #expect(try await suspension.resume().machines == [])
    }

    @Test func whatIsStoppedIsNotSuspended() async throws {
        let (bed, suspension) = try await bed()
        defer { bed.end() }
        try await bed.fleet.stop("w2")
        #expect(try await suspension.suspend().machines == ["m1", "w1"])
        // w2 was down before, so its node is not waited for.
        #expect(try await suspension.resume().machines == ["m1", "w1"])
        for machine in ["m1", "w1"] { try await bed.fleet.stop(machine) }
        #expect(
            await message { try await suspension.suspend() }
                == "no machine of lab \"three\" runs (m1 is Stopped, w1 is Stopped, w2 is Stopped); lab up three starts them")
        #expect(
            await message { try await suspension.resume() }
                == "no machine of lab \"three\" is suspended (m1 is Stopped, w1 is Stopped, w2 is Stopped); lab up three starts what is stopped"
        )
    }

    @Test func aLabThatIsNotUpCannotSleep() async throws {
        let bed = LabBed()
        defer { bed.end() }
        let suspension = LabSuspension(try bed.workspace(three))
        #expect(await message { try await suspension.suspend() } == "lab \"three\" is not up (lab up)")
        #expect(await message { try await suspension.resume() } == "lab \"three\" is not up (lab up)")
    }

    @Test func aSuspensionThatFailsCanBeUndoneOrDoneAgain() async throws {
        let (bed, suspension) = try await bed()
        defer { bed.end() }
        bed.fleet.state.withLock { $0.failing = ["suspend"] }
        #expect(
            await message { try await suspension.suspend() } == """
                lab "three" could not be suspended: no space left on device
                lab resume three lets go on what sleeps already, lab suspend three tries again
                """)
        #expect(try await bed.fleet.machines().map(\.state) == [.saved, .running, .running])
        bed.fleet.state.withLock { $0.failing = [] }
        // The manager sleeps by now; what the first attempt saw still counts.
        #expect(try await suspension.suspend().machines == ["w1", "w2"])
        #expect(try bed.store.load("three")?.suspension?.swarm?.members.count == 3)
        #expect(try await suspension.resume().machines == ["m1", "w1", "w2"])
    }

    @Test func aNodeThatDoesNotComeBackIsNamedAndWaitedForAgain() async throws {
        let (bed, suspension) = try await bed()
        defer { bed.end() }
        _ = try await suspension.suspend()
        bed.fleet.swarms.state.withLock { $0.late = ["w1": .max, "w2": .max] }
        let impatient = LabSuspension(try bed.workspace(three), timeout: .milliseconds(200))
        #expect(await message { try await impatient.resume() }.contains("not as it was after 200 ms: w1 is down; w2 is down\n"))
        bed.fleet.swarms.state.withLock { $0.late = [:] }
        let outcome = try await suspension.resume()
        #expect(outcome.machines == [] && outcome.swarm != nil)
        #expect(try bed.store.load("three")?.suspension == nil)
    }

    @Test func upResumesWhatSleeps() async throws {
        let (bed, suspension) = try await bed()
        defer { bed.end() }
        _ = try await suspension.suspend()
        let calls = bed.fleet.swarms.calls
        let summary = try await bed.up(three)
        #expect(summary.resumed == ["m1", "w1", "w2"])
        #expect(summary.started == [] && summary.created == [] && summary.swarm == [])
        #expect(bed.fleet.swarms.calls == calls, "the swarm needs no mending")
        #expect(try bed.store.load("three")?.suspension == nil)
    }

    @Test func aLabThatSleepsCanBeRewoundAndTakenDown() async throws {
        let (bed, suspension) = try await bed()
        defer { bed.end() }
        let checkpoints = LabCheckpoints(try bed.workspace(three))
        try await checkpoints.take("a")
        _ = try await suspension.suspend()
        _ = try await checkpoints.rewind(to: "a")
        #expect(try await bed.fleet.machines().allSatisfy { $0.state == .running })
        #expect(try bed.store.load("three")?.suspension == nil)
        _ = try await suspension.suspend()
        #expect(try await bed.down("three") == ["m1", "w1", "w2"])
    }
}
