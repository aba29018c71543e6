import Testing

@testable import GoFlags

@Suite struct HelpTests {
    @Test func `a flag's line shows its spellings, default and variable`() {
        #expect(
            Help.line(
                for: .string("driver, d", default: "virtualbox", env: "MACHINE_DRIVER", usage: "Driver to create machine with."))
                == "--driver, -d \"virtualbox\"\tDriver to create machine with. [$MACHINE_DRIVER]")
        #expect(Help.line(for: .string("swarm-addr", usage: "addr")) == "--swarm-addr \taddr")
        #expect(Help.line(for: .int("timeout, t", default: 10, usage: "T")) == "--timeout, -t \"10\"\tT")
        #expect(Help.line(for: .bool("y", usage: "Yes")) == "-y\tYes")
        #expect(Help.line(for: .strings("filter", usage: "F")) == "--filter [--filter option --filter option]\tF")
    }

    @Test func `a command's help has docker-machine's layout`() {
        let command = Command(
            "env", usage: "Display it", description: "Argument is a machine name.",
            flags: [.bool("unset, u", usage: "Unset"), .string("shell", usage: "Shell")])
        #expect(
            Help.command(command, path: "docker-machine env") == """
                Usage: docker-machine env [OPTIONS] [arg...]

                Display it

                Description:
                   Argument is a machine name.

                Options:
                \("   ")
                   --unset, -u\tUnset
                   --shell \tShell

                """)
    }

    @Test func `a command without flags says so by leaving the options out`() {
        #expect(
            Help.command(Command("ip", usage: "Get it"), path: "machine ip") == "Usage: machine ip [arg...]\n\nGet it\n")
    }

    @Test func `words after a pass-through command are nobody's flags`() throws {
        let ssh = Command("ssh", usage: "", passesThrough: true)
        let words = ["n", "-D", "1080", "--", "ls", "-h"]
        #expect(try ssh.parse(words, environment: [:]).positionals == words)
        #expect(try ssh.parse(["--", "x"], environment: [:]).positionals == ["--", "x"])
        #expect(try ssh.parse(["-h"], environment: [:]).wantsHelp)
        #expect(try ssh.parse(["-L", "x"], environment: [:]).positionals == ["-L", "x"])
    }
}
