import Foundation
import Testing

@testable import Lab

/// `suspend`, `resume`, `checkpoint`, `rewind` and `checkpoints`.
@Suite struct KeepingVerbTests {
    /// A bed with a lab that is up.
    private func bed() async throws -> CommandLineBed {
        let bed = try CommandLineBed()
        _ = await bed.lab("up", try bed.file("name: two\nmachines: {m1: manager, w1: worker}\n"))
        return bed
    }

    @Test func aCheckpointIsTakenListedRewoundAndRemoved() async throws {
        let bed = try await bed()
        defer { bed.end() }
        let taken = await bed.lab("checkpoint", "two", "well")
        #expect(taken.status == 0)
        #expect(taken.errors == "")
        #expect(
            taken.output.lines.map(\.withoutTimes) == [
                "m1 | taking checkpoint \"well\"", "w1 | taking checkpoint \"well\"", "m1 | is in checkpoint \"well\"",
                "w1 | is in checkpoint \"well\"", "Checkpoint \"well\" of lab \"two\" is taken: 2 machines (TIME)",
            ])
        let back = await bed.lab("rewind", "two", "well")
        #expect(back.status == 0)
        #expect(
            back.output.lines.last?.withoutTimes
                == "Lab \"two\" is back at checkpoint \"well\" after TIME, of which the swarm took TIME")
        #expect(
            await bed.lab("checkpoints", "two").output.squeezed == """
                NAME AGE MACHINES STEP
                well AGE m1, w1 -

                """)
        let json = await bed.lab("checkpoints", "two", "--format", "json").output
        let rows = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
        #expect(rows.count == 1)
        #expect(rows[0]["name"] as? String == "well")
        #expect(rows[0]["machines"] as? [String] == ["m1", "w1"])
        #expect(rows[0]["created"] is String)
        let removed = await bed.lab("checkpoints", "two", "--remove", "well")
        #expect(removed == .init(status: 0, output: "Removed checkpoint \"well\" of lab \"two\"\n", errors: ""))
        #expect(await bed.lab("checkpoints", "two").output == "NAME   AGE   MACHINES   STEP\n")
    }

    @Test func badInputIsRefusedWithWhatToDo() async throws {
        let bed = try await bed()
        defer { bed.end() }
        #expect(
            await bed.lab("rewind", "two", "x").errors
                == "lab: lab \"two\" has no checkpoint \"x\", and no other; take one with lab checkpoint two NAME\n")
        #expect(await bed.lab("checkpoint", "two", "a/b").errors.hasPrefix("lab: \"a/b\" cannot be a checkpoint's name: "))
        let forgotten = await bed.lab("checkpoint", "two")
        #expect(forgotten.status == 64)
        #expect(forgotten.errors.contains("\"two\" is a lab; name the checkpoint, too: lab checkpoint two <name>"))
        _ = await bed.lab("checkpoint", "two", "a")
        let again = await bed.lab("checkpoint", "two", "a")
        #expect(again.status == 2)
        #expect(again.errors.contains("replace it with --replace"))
        #expect(await bed.lab("checkpoint", "two", "a", "--replace").status == 0)
        let none = await bed.lab("checkpoints", "two", "--remove", "a", "--remove", "lost")
        #expect(none.status == 2)
        #expect(none.errors == "lab: lab \"two\" has no checkpoint \"lost\"\nIts checkpoints: a\n")
        #expect(try bed.store.load("two")?.checkpoint("a") != nil, "all or none")
        _ = await bed.lab("down", "two")
        let file = bed.root.appending(path: "x.yaml").path
        for words in [
            ["checkpoint", file, "a"], ["rewind", file, "a"], ["checkpoints", file], ["suspend", file], ["resume", file],
        ] {
            #expect(
                await bed.lab(words) == .init(status: 2, output: "", errors: "lab: lab \"two\" is not up (lab up)\n"), "\(words)")
        }
    }

    @Test func aNodeThatDoesNotComeBackEndsWith2() async throws {
        let bed = try await bed()
        defer { bed.end() }
        _ = await bed.lab("checkpoint", "two", "a")
        bed.fleet.swarms.state.withLock { $0.late = ["w1": .max] }
        let outcome = await bed.lab("rewind", "two", "a", "--swarm-timeout", "2s")
        #expect(outcome.status == 2)
        #expect(outcome.errors.hasPrefix("lab: the swarm of lab \"two\" is not as it was after 2 s: w1 is down\n"))
        #expect(outcome.output.lines.contains("Waiting: w1 is down"))
        #expect(await bed.lab("ls").output.contains("incomplete"))
    }

    @Test func aLabThatSleepsIsShownAsSuch() async throws {
        let bed = try await bed()
        defer { bed.end() }
        let asleep = await bed.lab("suspend", "two")
        #expect(asleep.status == 0)
        #expect(asleep.output.lines.last?.withoutTimes == "Lab \"two\" is suspended: 2 machines in TIME")
        #expect(await bed.lab("suspend", "two").output == "Lab \"two\" is suspended already\n")
        #expect(await bed.lab("ls").output.lines[1].hasPrefix("two    0/2       suspended"))
        let status = await bed.lab("status", "two")
        #expect(status.output.lines[1].hasPrefix("m1        Saved"))
        #expect(
            status.output.lines.last?.withoutTimes
                == "Lab \"two\" is suspended since AGE; lab resume two lets it go on")
        #expect(
            try JSONSerialization.jsonObject(with: Data(await bed.lab("status", "two", "--format", "json").output.utf8)) is [Any])
        for words in [
            ["exec", "two", "--", "x"], ["ssh", "two", "m1", "--", "x"], ["promote", "two", "w1"], ["logs", "two"],
            ["env", "two"],
        ] {
            let outcome = await bed.lab(words)
            #expect(outcome.status == 2, "\(words)")
            #expect(outcome.errors == "lab: lab \"two\" is suspended; let it go on first (lab resume two)\n", "\(words)")
        }
        #expect(
            await bed.lab("checkpoint", "two", "a").errors
                == "lab: lab \"two\" is suspended; let it go on first (lab resume two), then take the checkpoint\n")
        let awake = await bed.lab("resume", "two")
        #expect(awake.status == 0)
        #expect(
            awake.output.lines.last?.withoutTimes == "Lab \"two\" goes on: 2 machines in TIME, of which the swarm took TIME")
        #expect(await bed.lab("resume", "two").output == "Lab \"two\" is not suspended\n")
        _ = await bed.lab("suspend", "two")
        let up = await bed.lab("up", "two")
        #expect(up.output.lines.contains("m1 | resumed"))
        #expect(await bed.lab("ls").output.lines[1].hasPrefix("two    2/2       up"))
    }

    @Test func machinesThatFailAreToldWithWhatToDoNext() async throws {
        let bed = try await bed()
        defer { bed.end() }
        bed.fleet.state.withLock { $0.failing = ["suspend"] }
        let outcome = await bed.lab("suspend", "two")
        #expect(outcome.status == 2)
        #expect(
            outcome.errors == """
                lab: lab "two" could not be suspended: no space left on device
                lab resume two lets go on what sleeps already, lab suspend two tries again

                """)
        #expect(await bed.lab("ls").output.contains("partly suspended"))
    }
}
