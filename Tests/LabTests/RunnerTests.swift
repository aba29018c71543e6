import Foundation
import Synchronization
import Testing

@testable import Lab

@Suite struct RunnerTests {
    private func topology(_ steps: [Step], variables: [String: String] = [:]) -> Topology {
        Topology(
            name: "t", machines: [.init(name: "master", role: .none), .init(name: "node1", role: .none)], variables: variables,
            steps: steps)
    }

    private func run(_ steps: [Step], _ fleet: FakeFleet, options: LabRunner.Options = .init()) async throws -> RunReport {
        let store = LabStore(root: URL(filePath: "/nonexistent"))
        let lab = Workspace(
            topology: topology(steps), file: URL(filePath: "/tmp/x.yaml"), source: "", fleet: fleet, store: store)
        return try await LabRunner(lab, options: options).run()
    }

    @Test func aCommandReachesItsMachineAsTyped() async throws {
        let fleet = FakeFleet(machines: ["master"])
        let command = #"for i in 1 2; do echo "$i $(hostname) ${HOME:-x}" 'a b'; done"#
        let report = try await run([Step(name: "s", action: .run(command, on: .machine("master")))], fleet)
        #expect(report.exitStatus == 0)
        #expect(fleet.calls == ["master$ \(command)"])
    }

    @Test func machinesThatAHostStepMakesAreLikeTheOthers() async throws {
        for orchestrator in Orchestrator.allCases {
            var topology = topology([Step(name: "s", action: .run("echo $MACHINE_ORCHESTRATOR", on: .host))])
            topology.orchestrator = orchestrator
            let lab = Workspace(
                topology: topology, file: URL(filePath: "/tmp/x.yaml"), source: "", fleet: FakeFleet(machines: []),
                store: LabStore(root: URL(filePath: "/nonexistent")))
            #expect(try await LabRunner(lab).run().results.first?.output == "\(orchestrator.rawValue)\n")
        }
    }

    @Test func aStepIsTriedAgainUntilItHolds() async throws {
        let count = Mutex(0)
        let fleet = FakeFleet(machines: ["master"]) { _, _ in
            let now = count.withLock {
                $0 += 1; return $0
            }
            return CommandResult(stdout: "try \(now)\n")
        }
        var step = Step(name: "s", action: .run("x", on: .machine("master")))
        step.expect.texts = [.init(.stdout, contains: ["try 3"])]
        step.until = Until(within: .seconds(60), every: .milliseconds(1))
        let report = try await run([step], fleet)
        #expect(report.results.first?.verdict == .passed)
        #expect(report.results.first?.tries == 3)
    }

    @Test func aStepThatNeverHoldsFailsAtItsDeadlineWithTheLastOutput() async throws {
        let fleet = FakeFleet(machines: ["master"]) { _, _ in CommandResult(stdout: "no\n") }
        var step = Step(name: "s", action: .run("x", on: .machine("master")))
        step.expect.texts = [.init(.stdout, text: "yes")]
        step.until = Until(within: .milliseconds(300), every: .milliseconds(10))
        let result = try #require(try await run([step], fleet).results.first)
        #expect(result.verdict == .failed([Mismatch(expected: "stdout to be \"yes\"", actual: "it is \"no\"")]))
        #expect(result.tries >= 2)
        #expect(result.output == "no\n")
    }

    @Test func capturedValuesReachLaterStepsAndAddressesAreLookedUp() async throws {
        let fleet = FakeFleet(machines: ["master", "node1"]) { _, command in
            CommandResult(stdout: command == "token" ? "join --token SWMTKN-1-abc-def 1.2.3.4:2377\n" : "")
        }
        var first = Step(name: "a", action: .run("token", on: .machine("master")))
        first.captures = [Capture("token", .pattern(try Pattern(#"--token (\S+)"#)))]
        let second = Step(name: "b", action: .run("join ${token} ${machine.master.ip} $${token}", on: .machine("node1")))
        let report = try await run([first, second], fleet)
        #expect(report.exitStatus == 0)
        #expect(fleet.calls.last == "node1$ join SWMTKN-1-abc-def 192.168.99.101 ${token}")
    }

    @Test func aCaptureThatFindsNothingFailsItsStep() async throws {
        let fleet = FakeFleet(machines: ["master"])
        var step = Step(name: "a", action: .run("x", on: .machine("master")))
        step.captures = [Capture("token", .pattern(try Pattern("SWM")))]
        let report = try await run([step], fleet)
        #expect(report.exitStatus == 1)
    }

    @Test func theRestIsSkippedAfterAFailureUnlessAskedOtherwise() async throws {
        let fleet = FakeFleet(machines: ["master"]) { _, command in CommandResult(status: command == "bad" ? 3 : 0) }
        let steps = ["ok", "bad", "late"].map { Step(name: $0, action: .run($0, on: .machine("master"))) }
        let stopped = try await run(steps, fleet)
        #expect(
            stopped.results.map(\.verdict) == [
                .passed, .failed([Mismatch(expected: "exit status 0", actual: "it was 3")]), .skipped("step 2 did not pass"),
            ])
        #expect(stopped.exitStatus == 1)
        var tolerant = steps
        tolerant[1].onFailure = .continue
        #expect(try await run(tolerant, fleet).results.last?.verdict == .passed)
        #expect(try await run(steps, fleet, options: .init(continues: true)).results.last?.verdict == .passed)
    }

    @Test func aMachineThatCannotBeReachedIsAnErrorOfTheLab() async throws {
        let fleet = FakeFleet { _, _ in throw FakeError("ssh: no route to host") }
        let report = try await run([Step(name: "s", action: .run("x", on: .machine("master")))], fleet)
        #expect(report.results.first?.verdict == .error("ssh: no route to host"))
        #expect(report.exitStatus == 2)
    }

    @Test func aCommandThatHangsFailsItsStepWithWhatItSaidSoFar() async throws {
        let fleet = FakeFleet(machines: ["master"]) { _, _ in throw CommandTimedOut(after: .seconds(5)) }
        var step = Step(name: "s", action: .run("x", on: .machine("master")))
        step.timeout = .seconds(5)
        let report = try await run([step], fleet)
        #expect(
            report.results.first?.verdict
                == .failed([
                    Mismatch(expected: "the command to end within 5 s", actual: "it was still running after 5 s, so it was ended")
                ]))
    }

    @Test func faultsReachTheMachines() async throws {
        let fleet = FakeFleet(machines: ["master", "node1"])
        let report = try await run(
            [
                Step(name: "a", action: .fault(.init(.kill, ["node1"]))),
                Step(name: "b", action: .fault(.init(.start, ["node1", "master"]))),
            ],
            fleet)
        #expect(report.exitStatus == 0)
        #expect(fleet.calls == ["kill node1", "start node1", "start master"])
    }

    @Test func repetitionsAreLookedAtTogether() async throws {
        let count = Mutex(0)
        let fleet = FakeFleet(machines: ["master"]) { _, _ in
            let now = count.withLock {
                $0 += 1; return $0
            }
            return CommandResult(stdout: "on c\(now % 3)")
        }
        var step = Step(name: "s", action: .run("curl", on: .machine("master")))
        step.repetition = .init(times: 9)
        step.expect.distinct = .init(try Pattern(#"on (c\d)"#), count: .exactly(3), rotating: true)
        #expect(try await run([step], fleet).exitStatus == 0)
        step.expect.distinct?.count = .exactly(4)
        #expect(try await run([step], fleet).exitStatus == 1)
    }

    @Test func anInterruptionEndsTheRunAndSaysSo() async throws {
        let fleet = FakeFleet(machines: ["master"]) { _, _ in
            try await Task.sleep(for: .seconds(60))
            return CommandResult(status: 0)
        }
        let steps = ["a", "b"].map { Step(name: $0, action: .run($0, on: .machine("master"))) }
        let task = Task { try await run(steps, fleet) }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        let report = try await task.value
        #expect(report.interrupted)
        #expect(report.exitStatus == 130)
        #expect(report.results.map(\.verdict) == [.error("interrupted"), .skipped("the run was interrupted")])
    }

    @Test func noStepBeginsAfterAnInterruption() async throws {
        let fleet = FakeFleet(machines: ["master"]) { _, _ in
            // A command that does not care.
            await Task.detached { try? await Task.sleep(for: .milliseconds(200)) }.value
            return CommandResult(status: 0)
        }
        let steps = ["a", "b"].map { Step(name: $0, action: .run($0, on: .machine("master"))) }
        let task = Task { try await run(steps, fleet) }
        while fleet.calls.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        let report = try await task.value
        #expect(report.results.map(\.verdict) == [.passed, .skipped("the run was interrupted")])
        #expect(report.exitStatus == 130)
        #expect(fleet.calls.count == 1)
    }

    @Test func theRunsTimeIsBounded() async throws {
        let fleet = FakeFleet(machines: ["master"]) { _, _ in
            try await Task.sleep(for: .milliseconds(30))
            return CommandResult(status: 0)
        }
        let steps = (1...20).map { Step(name: "\($0)", action: .run("x", on: .machine("master"))) }
        let report = try await run(steps, fleet, options: .init(timeout: .milliseconds(80)))
        #expect(report.errors == 1)
        #expect(report.exitStatus == 2)
        #expect(report.skipped > 10)
    }

    @Test func anHTTPAnswerIsCompared() async throws {
        let fleet = FakeFleet(
            machines: ["master"],
            onHost: { url in
                #expect(url == "http://192.168.99.101/")
                return CommandResult(stdout: "<h1>Nginx 1.26 on 0123456789ab</h1>\n200")
            })
        var step = Step(name: "s", action: .check)
        step.expect.http = .init(url: "http://${machine.master.ip}/", patterns: ["<h1>Nginx .* on [0-9a-f]{12}</h1>"])
        #expect(try await run([step], fleet).exitStatus == 0)
        step.expect.http?.status = 404
        #expect(
            try await run([step], fleet).results.first?.verdict
                == .failed([
                    Mismatch(expected: "HTTP status 404 from http://192.168.99.101/", actual: "it was 200")
                ]))
    }

    @Test func noHTTPAnswerIsAFailureThatSaysWhy() async throws {
        let fleet = FakeFleet(onHost: { _ in CommandResult(status: 7, stdout: "\n000", stderr: "curl: (7) Failed to connect\n") })
        var step = Step(name: "s", action: .check)
        step.expect.http = .init(url: "http://192.0.2.1/")
        #expect(
            try await run([step], fleet).results.first?.verdict
                == .failed([
                    Mismatch(expected: "the answer of http://192.0.2.1/", actual: "there was none: curl: (7) Failed to connect")
                ]))
    }
}
