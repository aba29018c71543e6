import Foundation
import Testing

@testable import Lab

@Suite struct RunVerbTests {
    let lab = """
        name: r
        machines: {a: {role: none}}
        steps:
          - {name: one, run: one, on: a}
          - {name: two, run: two, on: a}
        """

    @Test func everyStepHasALineAndTheRunASummary() async throws {
        let bed = try CommandLineBed()
        defer { bed.end() }
        let outcome = await bed.lab("run", try bed.file(lab))
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        #expect(
            outcome.output.lines.map(\.withoutTimes).filter { !$0.hasPrefix("a | ") } == [
                "Lab \"r\" is up", "ok    1/2  one  (TIME)", "ok    2/2  two  (TIME)", "Taking lab \"r\" down",
                "Lab \"r\" passed: 2 steps, 2 passed (TIME)",
            ])
    }

    @Test func aStepThatFailsShowsWhereItStandsAndWhatWasSaid() async throws {
        let bed = try CommandLineBed(FakeFleet { _, _ in CommandResult(status: 4, stdout: "no luck\n") })
        defer { bed.end() }
        let file = try bed.file(lab)
        let junit = bed.root.appending(path: "r.xml")
        let outcome = await bed.lab("run", file, "--junit", junit.path)
        #expect(outcome.status == 1)
        let lines = outcome.output.lines.map(\.withoutTimes)
        let start = try #require(lines.firstIndex { $0.hasPrefix("FAIL") })
        #expect(
            Array(lines[start...].prefix(5)) == [
                "FAIL  1/2  one  (TIME)  \(file):4", "      expected exit status 0, but it was 4", "      $ one",
                "      | no luck",
                "skip  2/2  two  (step 1 did not pass)",
            ])
        #expect(lines.last == "Lab \"r\" FAILED: 2 steps, 1 failed, 1 skipped (TIME)")
        #expect(try String(contentsOf: junit, encoding: .utf8).contains("failures=\"1\""))
    }

    @Test func aLabThatCannotBeUsedEndsWith2() async throws {
        let bed = try CommandLineBed(FakeFleet { _, _ in throw FakeError("ssh: no route to host") })
        defer { bed.end() }
        let outcome = await bed.lab("run", try bed.file(lab))
        #expect(outcome.status == 2)
        #expect(outcome.output.contains("ERROR 1/2  one"))
    }

    @Test func checkpointsOfStepsAreThereAfterwardsAndARunGoesOnFromThem() async throws {
        let bed = try CommandLineBed()
        defer { bed.end() }
        let file = try bed.file(lab)
        let first = await bed.lab("run", file, "--checkpoint-steps")
        #expect(first.status == 0)
        #expect(
            first.output.lines.last
                == "Go back to before a step with: lab rewind r step-2; do it over from there with: lab run r --from step-2")
        #expect(
            await bed.lab("checkpoints", "r").output.squeezed == """
                NAME AGE MACHINES STEP
                step-1 AGE a before the first
                step-2 AGE a after 1, one

                """)
        let second = await bed.lab("run", file, "--from", "step-2")
        #expect(second.status == 0)
        let lines = second.output.lines.map(\.withoutTimes).filter { !$0.hasPrefix("a | ") }
        #expect(
            lines == [
                "Lab \"r\" is back at checkpoint \"step-2\" after TIME", "skip  1/2  one  (before checkpoint \"step-2\")",
                "ok    2/2  two  (TIME)", "Lab \"r\" was up before, so it stays up",
                "Lab \"r\" passed: 2 steps, 1 passed, 1 skipped (TIME)",
            ])
        let unknown = await bed.lab("run", file, "--from", "step-9")
        #expect(unknown.status == 2)
        #expect(unknown.errors.hasPrefix("lab: lab \"r\" has no checkpoint \"step-9\"; did you mean \"step-1\"?\n"))
    }

    @Test func aRunCannotGoOnWhereNoneWas() async throws {
        let bed = try CommandLineBed()
        defer { bed.end() }
        let outcome = await bed.lab("run", try bed.file(lab), "--from", "step-2")
        #expect(outcome == .init(status: 2, output: "", errors: "lab: lab \"r\" is not up (lab up)\n"))
        #expect(bed.fleet.names == [])
    }
}
