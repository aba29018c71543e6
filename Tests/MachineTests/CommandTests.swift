import Foundation
import Processes
import Testing

@Suite struct CommandTests {
    @Test func statusAndStreamsComeBackApart() async throws {
        let result = try await Command("sh", ["-c", "echo out; echo err >&2; exit 7"]).run()
        #expect(result.status == 7)
        #expect(result.text == "out\n")
        #expect(result.errorText == "err\n")
    }

    @Test func aSignalIsReportedAsAShellDoes() async throws {
        #expect(try await Command("sh", ["-c", "kill -9 $$"]).run().status == 137)
    }

    @Test func inputIsRead() async throws {
        var command = Command("cat")
        command.input = Data(repeating: 65, count: 300_000)
        #expect(try await command.run().standardOutput.count == 300_000)
    }

    @Test func aProgramThatReadsNothingIsHeardAllTheSame() async throws {
        var command = Command("sh", ["-c", "echo out; exit 7"])
        command.input = Data(repeating: 65, count: 300_000)
        for _ in 1...50 {
            let result = try await command.run()
            #expect(result.status == 7 && result.text == "out\n")
        }
    }

    @Test func aProgramThatIsMissingSaysSo() async throws {
        let error = await #expect(throws: CommandError.self) { try await Command("no-such-program-here").run() }
        #expect("\(try #require(error))".contains("command not found"))
    }

    @Test func timeEndsTheProgramAndWhatItStarted() async throws {
        let folder = try TemporaryFolder()
        let pidFile = folder.url.appending(path: "pid").path
        var command = Command("sh", ["-c", "sleep 300 & echo $! > \(pidFile); wait"])
        command.timeout = .milliseconds(500)
        await #expect(throws: CommandError.self) { try await command.run() }
        let pid = try #require(
            Int32(try String(contentsOfFile: pidFile, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
        var alive = true
        for _ in 0..<50 where alive {
            // A zombie that init has yet to reap has no command line.
            let words = (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/cmdline"))) ?? Data()
            alive = !words.isEmpty
            if alive { try await Task.sleep(for: .milliseconds(100)) }
        }
        #expect(!alive)
    }
}
