import Foundation
import Synchronization
import Testing

@testable import Lab

/// Steps that keep a lab and take it back, and runs that go on from where one was.
@Suite struct KeepingRunTests {
    private func report(_ text: String, _ bed: LabBed, options: LabRun.Options = .init()) async throws -> RunReport {
        try await LabRun(bed.workspace(text), options: options).run()
    }

    @Test func stepsKeepRewindSuspendAndResume() async throws {
        let bed = LabBed()
        defer { bed.end() }
        let text = """
            name: k
            managers: {count: 3, names: "m{n}"}
            steps:
              - checkpoint: well
              - fault: {kill: m1}
              - rewind: well
              - {run: "true", on: m1}
              - suspend: true
              - wait: 1ms
              - resume: true
              - {run: "true", on: m2}
            """
        let report = try await report(text, bed)
        #expect(report.results.map(\.verdict) == Array(repeating: .passed, count: 8))
        #expect(report.results[0].command == "lab checkpoint k well")
        #expect(report.results[2].command == "lab rewind k well")
        #expect(report.results[2].output.hasPrefix("back at checkpoint \"well\" after "))
        #expect(report.results[6].output.hasPrefix("3 machines in "))
        let calls = bed.fleet.calls.filter { !$0.hasPrefix("create") && !$0.hasPrefix("remove ") }
        #expect(
            calls == [
                "checkpoint well m1 m2 m3", "kill m1", "rewind well m1 m2 m3", "m1$ true", "suspend m1 m2 m3", "resume m1 m2 m3",
                "m2$ true",
            ])
        #expect(bed.store.labs().isEmpty)
    }

    @Test func aRewindWhoseSwarmIsNotBackIsAnErrorInTheReport() async throws {
        let bed = LabBed()
        defer { bed.end() }
        let text = """
            name: k
            managers: {count: 3, names: "m{n}"}
            steps:
              - checkpoint: well
              - {run: late, on: m1}
              - {rewind: well, timeout: 100ms}
              - {run: never, on: m1}
            """
        let fleet = FakeFleet { _, _ in CommandResult(status: 0) }
        let late = LabBed(fleet)
        defer { late.end() }
        let workspace = try late.workspace(text)
        _ = try await LabUp(workspace).run()
        fleet.swarms.state.withLock { $0.late = ["m3": 0] }
        var watched = workspace
        watched.events = { event in
            if case .stepFinished(let result, _) = event, result.number == 2 {
                fleet.swarms.state.withLock { $0.late = ["m3": .max] }
            }
        }
        let report = try await LabRun(watched).run()
        #expect(report.exitStatus == 2)
        guard case .error(let reason) = report.results[2].verdict else { return #expect(Bool(false), "it passed") }
        #expect(reason.contains("m3 is down"))
        #expect(JUnit.document(report).contains("<error message=\"the swarm of lab &quot;k&quot; is not as it was"))
        #expect(report.results[3].verdict == .skipped("step 3 did not pass"))
    }

    @Test func whatIsDoneOnceIsNotDoneAgainWhenItsExpectationsAreTriedAgain() async throws {
        let count = Mutex(0)
        let bed = LabBed(
            FakeFleet(onHost: { _ in
                let now = count.withLock {
                    $0 += 1; return $0
                }
                return CommandResult(stdout: now < 3 ? "no\n500" : "yes\n200")
            }))
        defer { bed.end() }
        let text = """
            name: k
            machines: {m1: manager}
            steps:
              - checkpoint: well
              - {rewind: well, expect: {http: {url: "http://192.0.2.1/"}}, until: {within: 20s, every: 1ms}}
            """
        let report = try await report(text, bed)
        #expect(report.results[1].verdict == .passed)
        #expect(report.results[1].tries == 3)
        #expect(bed.fleet.calls.count { $0.hasPrefix("rewind") } == 1)
    }

    let tutorial = """
        name: t
        machines: {a: {role: none}, b: {role: none}}
        variables: {constant: c}
        steps:
          - {name: one, run: token, on: a, capture: {token: 'T-\\d+'}}
          - {name: two, run: "export CITY=Bremen; cd /usr", on: host}
          - {name: three, run: "use ${token} ${constant}", on: b}
          - {name: four, run: 'echo "$CITY $PWD"', on: host, expect: {stdout: Bremen /usr}}
        """

    private func tutorialBed() -> LabBed {
        let count = Mutex(0)
        return LabBed(
            FakeFleet { _, command in
                guard command == "token" else { return CommandResult(status: 0) }
                let now = count.withLock {
                    $0 += 1; return $0
                }
                return CommandResult(stdout: "T-\(now)\n")
            })
    }

    @Test func everyStepHasACheckpointBeforeItAndTheLabStaysUp() async throws {
        let bed = tutorialBed()
        defer { bed.end() }
        #expect(try await report(tutorial, bed, options: .init(runner: .init(keepsSteps: true))).exitStatus == 0)
        let kept = try LabCheckpoints(bed.workspace(tutorial)).all()
        #expect(kept.map(\.name) == ["step-1", "step-2", "step-3", "step-4"])
        #expect(kept.map { $0.progress?.step } == [0, 1, 2, 3])
        #expect(kept.map { $0.progress?.name } == ["", "one", "two", "three"])
        #expect(kept.map { $0.progress?.captured } == [[:], ["token": "T-1"], ["token": "T-1"], ["token": "T-1"]])
        let calls = bed.fleet.calls.filter { $0.hasPrefix("checkpoint") || $0.contains("$ ") }
        #expect(calls.prefix(3) == ["checkpoint step-1 a b", "a$ token", "checkpoint step-2 a b"])
    }

    @Test func aRunGoesOnFromACheckpointWithWhatWasCapturedAndExported() async throws {
        let bed = tutorialBed()
        defer { bed.end() }
        _ = try await report(tutorial, bed, options: .init(runner: .init(keepsSteps: true)))
        let before = bed.fleet.calls.count
        let again = try await report(tutorial, bed, options: .init(from: "step-3"))
        #expect(
            again.results.map(\.verdict) == [
                .skipped("before checkpoint \"step-3\""), .skipped("before checkpoint \"step-3\""), .passed, .passed,
            ])
        #expect(again.exitStatus == 0)
        #expect(
            Array(bed.fleet.calls[before...]) == ["rewind step-3 a b", "b$ use T-1 c", "$ echo \"$CITY $PWD\""],
            "token and the host's session are those of before")
        #expect(bed.fleet.names == ["a", "b"])
    }

    @Test func anotherRunForgetsTheCheckpointsOfTheOneBefore() async throws {
        let bed = tutorialBed()
        defer { bed.end() }
        let options = LabRun.Options(runner: .init(keepsSteps: true))
        _ = try await report(tutorial, bed, options: options)
        try await LabCheckpoints(bed.workspace(tutorial)).take("mine")
        var only = options
        only.runner.only = try Pattern("^one$")
        _ = try await report(tutorial, bed, options: only)
        #expect(try LabCheckpoints(bed.workspace(tutorial)).all().map(\.name) == ["mine", "step-1"])
    }

    @Test func aRunCannotGoOnFromWhatItDoesNotKnow() async throws {
        let bed = tutorialBed()
        defer { bed.end() }
        let notUp = await #expect(throws: LabError.self) { _ = try await report(tutorial, bed, options: .init(from: "step-3")) }
        #expect(notUp?.description == "lab \"t\" is not up (lab up)")
        _ = try await report(tutorial, bed, options: .init(runner: .init(keepsSteps: true)))
        try await LabCheckpoints(bed.workspace(tutorial)).take("mine")
        let byHand = await #expect(throws: LabError.self) { _ = try await report(tutorial, bed, options: .init(from: "mine")) }
        #expect(
            byHand?.description == """
                checkpoint "mine" was not taken by a run, so nobody knows which steps are left
                Checkpoints that a run took: step-1, step-2, step-3, step-4
                """)
        let changed = tutorial.replacing("name: two", with: "name: zwei")
        let other = await #expect(throws: LabError.self) { _ = try await report(changed, bed, options: .init(from: "step-3")) }
        #expect(
            other?.description.hasPrefix(
                "the lab file has changed: checkpoint \"step-3\" was taken after step 2, \"two\"; now that is \"zwei\"\n") == true
        )
        #expect(bed.fleet.calls.allSatisfy { !$0.hasPrefix("rewind") })
    }

    @Test func whereAMachineIsOffTheRunGoesOnWithoutACheckpoint() async throws {
        let bed = LabBed()
        defer { bed.end() }
        let text = """
            name: t
            machines: {a: {role: none}, b: {role: none}}
            steps:
              - fault: {kill: b}
              - {run: "true", on: a}
              - fault: {start: b}
              - {run: "true", on: b}
            """
        let notes = Mutex<[String]>([])
        var workspace = try bed.workspace(text)
        workspace.events = { if case .note(let text) = $0 { notes.withLock { $0.append(text) } } }
        let report = try await LabRun(workspace, options: .init(runner: .init(keepsSteps: true))).run()
        #expect(report.exitStatus == 0)
        #expect(try LabCheckpoints(workspace).all().map(\.name) == ["step-1", "step-4"])
        #expect(notes.withLock { $0 }.contains("No checkpoint step-2: b is Stopped"))
    }

    @Test func aCheckpointThatCannotBeTakenFailsTheStepThatItIsFor() async throws {
        let bed = tutorialBed()
        defer { bed.end() }
        _ = try await bed.up(tutorial)
        bed.fleet.state.withLock { $0.failing = ["checkpoint"] }
        let report = try await report(tutorial, bed, options: .init(runner: .init(keepsSteps: true)))
        #expect(report.results[0].verdict == .error("no checkpoint could be taken before it: no space left on device"))
        #expect(report.results[1].verdict == .skipped("step 1 did not pass"))
        #expect(report.exitStatus == 2)
    }
}
