import Foundation
import Testing

@testable import Lab

/// Host steps in a real bash.
@Suite struct HostSessionTests {
    private func outputs(_ commands: [String], directory: URL = URL(filePath: "/tmp")) async throws -> [CommandResult] {
        let session = try HostSession(directory: directory)
        let fleet = FakeFleet()
        var results: [CommandResult] = []
        for command in commands {
            results.append(try await session.run(command, with: fleet, input: nil, timeout: .seconds(20), output: { _ in }))
        }
        return results
    }

    private func text(_ result: CommandResult?) -> String { result?.text ?? "" }

    @Test func whatAStepSetsIsThereForTheNext() async throws {
        let results = try await outputs([
            "eval $(echo 'export DOCKER_HOST=\"tcp://192.168.99.101:2376\" DOCKER_MACHINE_NAME=\"node-01\"')",
            "plain='a  b $x \"q\"\nsecond'; greet() { echo \"hi $1\"; }; cd /usr",
            "bash -c 'echo $DOCKER_HOST'; printf '%s\\n' \"$plain\"; greet you; pwd; bash -c 'echo [$plain]'",
        ])
        #expect(text(results.last) == "tcp://192.168.99.101:2376\na  b $x \"q\"\nsecond\nhi you\n/usr\n[]\n")
    }

    @Test func aStepThatExitsOrFailsKeepsTheSession() async throws {
        let results = try await outputs(["x=1; exit 7", "y=2; false", "echo \"$x$y\"", "if", "echo \"$x$y\""])
        #expect(results.map(\.status)[0...2] == [7, 1, 0])
        #expect(results[3].status != 0)
        #expect(text(results[2]) == "12\n")
        #expect(text(results[4]) == "12\n")
    }

    @Test func nothingIsLeftEvenWhenTheProcessIsKilled() async throws {
        let file = try NamelessFile(content: "x=1")
        #expect(file.content == "x=1")
        // No folder lists it, so there is nothing that somebody would have to remove.
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: file.path).hasSuffix(" (deleted)"))
    }

    @Test func aSessionGoesOnFromWhatAnEarlierOneLeft() async throws {
        let first = try HostSession(directory: URL(filePath: "/tmp"))
        #expect(first.content == nil)
        _ = try await first.run("x='a b'; cd /usr", with: FakeFleet(), input: nil, timeout: .seconds(20), output: { _ in })
        let second = try HostSession(directory: URL(filePath: "/tmp"), content: first.content)
        let result = try await second.run(
            "echo \"$x\"; pwd", with: FakeFleet(), input: nil, timeout: .seconds(20), output: { _ in })
        #expect(text(result) == "a b\n/usr\n")
    }

    @Test func theSessionStartsWithoutAMachineChosen() async throws {
        setenv("DOCKER_HOST", "tcp://203.0.113.1:2376", 1)
        defer { unsetenv("DOCKER_HOST") }
        let results = try await outputs(["echo \"[${DOCKER_HOST-none}]\"", "echo \"[${LAB_COMMAND-none}${LAB_STATE-none}]\""])
        #expect(results.map(text) == ["[none]\n", "[nonenone]\n"])
    }

    @Test func quotesAndNewlinesArriveUntouched() async throws {
        let command = """
            i=0; while [ $i -lt 3 ]; do echo "it's $(echo $i) \\"q\\" \\$x"; i=$(($i+1)); done
            cat <<'EOF'
            ${notes} `kept`
            EOF
            """
        #expect(
            text(try await outputs([command]).first) == "it's 0 \"q\" $x\nit's 1 \"q\" $x\nit's 2 \"q\" $x\n${notes} `kept`\n")
    }

    @Test(arguments: ["/usr/bin/fish", nil])
    func programsAreToldThatTheShellIsBash(own shell: String?) async throws {
        let before = ProcessInfo.processInfo.environment["SHELL"]
        defer { if let before { setenv("SHELL", before, 1) } else { unsetenv("SHELL") } }
        if let shell { setenv("SHELL", shell, 1) } else { unsetenv("SHELL") }
        #expect(try await outputs(["sh -c 'echo ${SHELL##*/}'"]).map(text) == ["bash\n"])
    }
}
