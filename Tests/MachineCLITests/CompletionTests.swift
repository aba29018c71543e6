import Foundation
import Testing

@testable import MachineCLI

@Suite struct CompletionTests {
    /// Runs bash on a script; returns its exit status and what it printed.
    private func bash(_ script: String, arguments: [String] = []) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = arguments + ["-c", script]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    /// What bash offers when Tab is pressed at the end of a line.
    private func complete(_ line: String) throws -> [String] {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map { "'\($0)'" }
        let script = """
            docker-machine() {
                case "$*" in
                "ls -q") printf '%s\\n' alpha beta ;;
                "image ls -q") printf '%s\\n' 0a1b dd44 ;;
                esac
            }
            \(try CompletionScript.text(shell: "bash", program: "docker-machine"))
            COMP_WORDS=(\(words.joined(separator: " ")))
            COMP_CWORD=\(words.count - 1)
            _docker_machine
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        return try bash(script).output.split(separator: "\n").map(String.init)
    }

    @Test func `bash accepts the script`() throws {
        let result = try bash(try CompletionScript.text(shell: "bash", program: "docker-machine"), arguments: ["-n"])
        #expect(result.status == 0 && result.output.isEmpty)
    }

    @Test func `commands, flags and machine names are offered`() throws {
        #expect(try complete("docker-machine st") == ["start", "status", "stop"])
        #expect(try complete("docker-machine --st") == ["--storage-path"])
        #expect(try complete("docker-machine ssh ") == ["alpha", "beta"])
        #expect(try complete("docker-machine -s /srv -D rm al") == ["alpha"])
        #expect(try complete("docker-machine rm --") == ["--force", "--help"])
        #expect(try complete("docker-machine create -d vi") == ["virtualbox"])
        #expect(try complete("docker-machine create --virtualbox-mem") == ["--virtualbox-memory"])
        #expect(try complete("docker-machine create --memory ") == [])
        #expect(try complete("docker-machine env --shell f") == ["fish"])
        #expect(try complete("docker-machine image ") == ["build", "template", "ls", "rm", "inspect"])
        #expect(try complete("docker-machine image template --") == ["--memory", "--cpus", "--orchestrator", "--help"])
        #expect(try complete("docker-machine image template --memory ") == [])
        #expect(try complete("docker-machine image template ") == ["0a1b", "dd44"])
        #expect(try complete("docker-machine image rm d") == ["dd44"])
        #expect(try complete("docker-machine image inspect ") == ["0a1b", "dd44"])
        #expect(try complete("docker-machine image ls ") == [])
        #expect(try complete("docker-machine su") == ["suspend"])
        #expect(try complete("docker-machine suspend ") == ["alpha", "beta"])
        #expect(try complete("docker-machine resume al") == ["alpha"])
        #expect(try complete("docker-machine create --co") == ["--cold"])
        #expect(try complete("docker-machine image ls --q") == ["--quiet"])
        #expect(try complete("docker-machine completion z") == ["zsh"])
        #expect(try complete("docker-machine help ver") == ["version"])
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `every command and every long flag is in every script`(shell: String) throws {
        let script = try CompletionScript.text(shell: shell, program: "machine")
        #expect(script.contains("machine ls -q"))
        for command in CommandTable.all(program: "machine") {
            #expect(script.contains(command.name))
            for flag in command.flags + command.subcommands.flatMap(\.flags) where flag.name.count > 1 {
                #expect(script.contains(shell == "fish" ? "-l \(flag.name)" : "--\(flag.name)"))
            }
        }
        #expect(script.filter { $0 == "'" }.count.isMultiple(of: 2))
        #expect(!script.contains("docker-machine"))
    }

    @Test func `another shell is refused in one line`() {
        #expect {
            try CompletionScript.text(shell: "tcsh", program: "machine")
        } throws: {
            "\($0)" == #"There is no completion for "tcsh"; choose one of bash, zsh, fish."#
        }
    }
}
