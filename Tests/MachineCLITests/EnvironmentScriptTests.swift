import Testing

@testable import MachineCLI

@Suite struct EnvironmentScriptTests {
    func script(_ shell: String, _ arguments: [String]) -> EnvironmentScript {
        EnvironmentScript(shell: Shell(name: shell), arguments: arguments)
    }

    @Test(arguments: ["bash", "zsh", "sh", "fish", "tcsh", "powershell", "cmd", "emacs"])
    func `the lines that set and unset the variables`(shell: String) throws {
        let noProxy = NoProxy(environment: ["NO_PROXY": "localhost"]).adding("192.168.99.100")
        let set = script(shell, ["docker-machine", "env", "--no-proxy", "n1"]).set(
            name: "n1", url: "tcp://192.168.99.100:2376", certificatePath: "/home/u/.docker/machine/machines/n1", noProxy: noProxy
        )
        let unset = script(shell, ["docker-machine", "env", "-u"]).unset()
        let name = ["zsh", "sh"].contains(shell) ? "bash" : shell
        try expectGolden("\(set)\n\(unset)", "env-\(name)")
    }

    @Test func `bash word for word`() {
        #expect(
            script("bash", ["docker-machine", "env", "n1"]).set(
                name: "n1", url: "tcp://192.168.99.100:2376", certificatePath: "/home/u/.docker/machine/machines/n1")
                    == """
                    export DOCKER_TLS_VERIFY="1"
                    export DOCKER_HOST="tcp://192.168.99.100:2376"
                    export DOCKER_CERT_PATH="/home/u/.docker/machine/machines/n1"
                    export DOCKER_MACHINE_NAME="n1"
                    # Run this command to configure your shell:\u{20}
                    # eval $(docker-machine env n1)

                    """)
    }

    @Test(arguments: [
        ("fish", "set -e K;"), ("tcsh", "unsetenv K;"), ("powershell", #"Remove-Item Env:\\K"#), ("cmd", "SET K="),
        ("emacs", #"(setenv "K" nil)"#),
        ("bash", "unset K"),
    ])
    func `unset lines`(shell: String, line: String) {
        #expect(Shell(name: shell).unsetLine("K") == line)
    }

    @Test(arguments: [
        ("fish", "# eval (x env n)"), ("tcsh", ": eval `x env n`"), ("powershell", "# & x env n | Invoke-Expression"),
        ("cmd", "REM \t@FOR /f \"tokens=*\" %i IN ('x env n') DO @%i"),
        ("emacs", #";; (with-temp-buffer (shell-command "x env n" (current-buffer)) (eval-buffer))"#),
        ("ksh", "# eval $(x env n)"),
    ])
    func hints(shell: String, line: String) {
        #expect(script(shell, ["x", "env", "n"]).unset().hasSuffix("\n\(line)\n"))
    }

    @Test func `the program's path is quoted in the hint if it has a blank or a backslash`() {
        #expect(
            script("bash", ["/opt/my tools/machine", "env", "n"]).unset().contains(#"eval $("/opt/my tools/machine" env n)"#))
        #expect(script("cmd", [#"C:\m.exe"#, "env"]).unset().contains(#"('"C:\m.exe" env')"#))
    }

    @Test func `a store in a directory with an odd name is no command`() {
        #expect(Shell.posix.setLine("K", #"/a/$(id)`id`"\"#) == #"export K="/a/\$(id)\`id\`\"\\""#)
        #expect(Shell.fish.setLine("K", "$x\"") == #"set -gx K "\$x\"";"#)
        #expect(Shell.powershell.setLine("K", "$x") == "$Env:K = \"`$x\"")
        #expect(Shell.tcsh.setLine("K", "a$b") == #"setenv K "a"'$'"b";"#)
    }

    @Test func `the variable that keeps the proxy out`() {
        #expect(NoProxy(environment: [:]).adding("1.2.3.4") == NoProxy(environment: ["NO_PROXY": "1.2.3.4"]))
        let lower = NoProxy(environment: ["no_proxy": "a,b", "NO_PROXY": "c"]).adding("1.2.3.4")
        #expect(lower.variable == "no_proxy" && lower.value == "a,b,1.2.3.4")
        #expect(NoProxy(environment: ["NO_PROXY": "x, 1.2.3.4"]).adding("1.2.3.4").value == "x, 1.2.3.4")
        #expect(NoProxy(environment: ["NO_PROXY": "1.2.3.40"]).adding("1.2.3.4").value == "1.2.3.40,1.2.3.4")
        #expect(NoProxy(environment: ["no_proxy": "", "NO_PROXY": "c"]).variable == "NO_PROXY")
        #expect(script("bash", ["m"]).unset(noProxy: lower).contains("\nunset no_proxy\n"))
    }

    @Test func `the shell is the one named or the one the user runs`() throws {
        #expect(try Shell.choose(flag: "", environment: ["SHELL": "/usr/bin/fish"]) == .fish)
        #expect(try Shell.choose(flag: "emacs", environment: ["SHELL": "/usr/bin/fish"]) == .emacs)
        #expect(try Shell.choose(flag: "", environment: ["SHELL": "/bin/dash"]) == .posix)
        #expect {
            try Shell.choose(flag: "", environment: ["SHELL": ""])
        } throws: {
            $0 as? UsageError
                == UsageError(
                    output:
                        "The default lines below are for a sh/bash shell, you can specify the shell you're using, with the --shell flag.\n\n",
                    message: "Error: Unknown shell")
        }
    }
}
