import Foundation
import Testing

@testable import Lab

/// `validate`, `up`, `status`, `ls`, `down` and what every verb says to bad input.
@Suite struct LifecycleVerbTests {
    let lab = """
        name: two
        machines:
          m1: manager
          w1: worker
        """

    @Test func upStatusLsAndDownTellWhatThereIs() async throws {
        let bed = try CommandLineBed()
        defer { bed.end() }
        let file = try bed.file(lab)
        let up = await bed.lab("up", file)
        #expect(up.status == 0)
        #expect(up.errors == "")
        #expect(up.output.lines.contains("m1 | created"))
        #expect(up.output.lines.last?.withoutTimes == "Lab \"two\" is up (TIME)")
        #expect(
            await bed.lab("up", file).output.lines.last?.withoutTimes == "Lab \"two\" is up; there was nothing to do (TIME)")
        #expect(
            await bed.lab("ls").output.squeezed == """
                NAME RUNNING STATE ORCHESTRATOR SINCE FILE
                two 2/2 up swarmd AGE \(file)

                """)
        #expect(await bed.lab("ls", "-q").output == "two\n")
        let status = await bed.lab("status", "two")
        #expect(status.output.lines[0] == "MACHINE   STATE     ADDRESS          ROLE      SWARM    NODE    AVAILABILITY")
        #expect(status.output.lines[1].hasPrefix("m1        Running   192.168.99."))
        #expect(status.output.lines[1].hasSuffix("manager   Leader   Ready   Active"))
        let down = await bed.lab("down", "two")
        #expect(down.status == 0)
        #expect(down.output.lines.last == "Lab \"two\" is down: removed m1, w1")
        #expect(await bed.lab("down", file) == .init(status: 0, output: "Lab \"two\" is not up\n", errors: ""))
    }

    @Test func anInvalidFileIsAVerdictOfValidateAndAFaultOfEverythingElse() async throws {
        let bed = try CommandLineBed()
        defer { bed.end() }
        let file = try bed.file("name: two\nmachines: {a: manger}\n")
        let reason =
            "\(file):2:15: error: the role of machine \"a\" must be manager or worker or none, not \"manger\"; did you mean \"manager\"?\n"
        #expect(await bed.lab("validate", file) == .init(status: 1, output: reason, errors: ""))
        #expect(await bed.lab("up", file) == .init(status: 2, output: "", errors: reason))
        let valid = try bed.file(lab, "y.yaml")
        #expect(
            await bed.lab("validate", valid).output == "\(valid): valid: lab \"two\", 2 machines (1 manager, 1 worker), 0 steps\n"
        )
    }

    @Test func aLabThatIsNotThereIsNamed() async throws {
        let bed = try CommandLineBed()
        defer { bed.end() }
        let up = await bed.lab("status", "nowhere")
        #expect(up.status == 2)
        #expect(up.errors == "lab: no lab \"nowhere\": it is not up and there is no file nowhere.yaml here\n")
        let file = await bed.lab("up", "/nowhere/x.yaml")
        #expect(file == .init(status: 2, output: "", errors: "lab: there is no file /nowhere/x.yaml\n"))
    }

    @Test(arguments: [
        ["frobnicate"], ["up", "--parallel", "0"], ["up", "--parallel", "x"], ["run", "--step", "("], ["run", "--timeout", "0s"],
        ["ssh"], ["exec"], ["checkpoint"], ["rewind"], ["checkpoint", "a", "b", "c"], ["checkpoints", "--format", "xml"],
        ["resume", "--swarm-timeout", "soon"], ["suspend", "a", "b"],
    ])
    func argumentsThatMakeNoSense(words: [String]) async throws {
        let bed = try CommandLineBed()
        defer { bed.end() }
        let outcome = await bed.lab(words)
        #expect(outcome.status == 64)
        #expect(outcome.errors.hasPrefix("Error: "))
        #expect(outcome.output == "")
        #expect(bed.fleet.calls.isEmpty)
    }

    @Test func helpIsNoError() async throws {
        let bed = try CommandLineBed()
        defer { bed.end() }
        let help = await bed.lab("up", "--help")
        #expect(help.status == 0)
        #expect(help.output.contains("Bring a lab up"))
        #expect(help.errors == "")
    }

    @Test func anUpThatFailsSaysWhyAndLeavesNothing() async throws {
        let bed = try CommandLineBed()
        defer { bed.end() }
        let file = try bed.file(lab)
        bed.fleet.state.withLock { _ = $0.failingCreates.insert("w1") }
        let up = await bed.lab("up", file)
        #expect(up.status == 2)
        #expect(up.errors == "lab: no room for w1\n")
        #expect(up.output.lines.contains("w1 | no room for w1"))
        #expect(bed.fleet.names == [])
    }

    @Test func anInterruptedUpEndsWith130AndLeavesNothing() async throws {
        let bed = try CommandLineBed(FakeFleet(createTime: .seconds(30)))
        defer { bed.end() }
        let file = try bed.file(lab)
        let task = Task { await bed.lab("up", file) }
        while bed.fleet.calls.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        let outcome = await task.value
        #expect(outcome.status == 130)
        #expect(outcome.errors == "lab: interrupted\n")
        #expect(bed.fleet.names == [])
    }

    @Test func twoVerbsAtOnceAreKeptApart() async throws {
        let bed = try CommandLineBed()
        defer { bed.end() }
        let file = try bed.file(lab)
        let lock = try bed.store.lock("two")
        defer { lock.release() }
        for verb in ["up", "down", "run", "suspend", "resume"] {
            let outcome = await bed.lab(verb, file)
            #expect(outcome.status == 2, "\(verb)")
            #expect(outcome.errors.contains("another lab command is at work on lab \"two\""), "\(verb)")
        }
    }

    // MARK: Commands on machines

    @Test func execPutsTheMachinesNameBeforeEveryLineAndHasTheWorstStatus() async throws {
        let bed = try CommandLineBed(
            FakeFleet { machine, command in
                CommandResult(status: machine == "w1" ? 3 : 0, stdout: "\(command)\n", stderr: "e\n")
            })
        defer { bed.end() }
        _ = await bed.lab("up", try bed.file(lab))
        let outcome = await bed.lab("exec", "two", "--", "uname", "-a")
        #expect(outcome.status == 3)
        #expect(outcome.output.lines.sorted() == ["m1 | uname -a", "w1 | uname -a"])
        #expect(outcome.errors.lines.sorted() == ["m1 | e", "w1 | e"])
        let other = await bed.lab("exec", "two", "--on", "w3", "--", "x")
        #expect(
            other
                == .init(
                    status: 2, output: "",
                    errors: "lab: lab \"two\" has no machine \"w3\"; did you mean \"w1\"?\nIts machines: m1, w1\n"))
    }

    @Test func sshPassesOutputAndStatusOn() async throws {
        let bed = try CommandLineBed(FakeFleet { _, _ in CommandResult(status: 7, stdout: "out", stderr: "err") })
        defer { bed.end() }
        _ = await bed.lab("up", try bed.file(lab))
        #expect(await bed.lab("ssh", "two", "m1", "--", "x") == .init(status: 7, output: "out", errors: "err"))
    }

    @Test func promoteEnvAndGraph() async throws {
        let bed = try CommandLineBed()
        defer { bed.end() }
        _ = await bed.lab("up", try bed.file(lab))
        #expect(await bed.lab("promote", "two", "w1").output == "Node w1 promoted to a manager in the swarm.\n")
        #expect(await bed.lab("demote", "two", "w1").output == "Manager w1 demoted in the swarm.\n")
        let env = await bed.lab("env", "two").output
        #expect(env.lines.contains("export DOCKER_MACHINE_NAME=\"m1\""))
        #expect(env.hasSuffix("# Run this command to configure your shell: \n# eval $(lab env two)\n"))
        #expect(await bed.lab("graph", "two", "--format", "mermaid").output.contains("<b>m1</b>"))
    }
}
