import GoFlags
import Testing

@testable import MachineCLI

@Suite struct CommandLineTests {
    @Test(arguments: ["", "help", "h", "--help", "-h", "-D"])
    func `no command, or help, shows the program's help`(line: String) throws {
        guard case .help(let text) = try read(line) else {
            Issue.record("no help")
            return
        }
        #expect(
            text.hasPrefix("Usage: docker-machine [OPTIONS] COMMAND [arg...]\n\nCreate and manage machines running Docker.\n"))
    }

    @Test(arguments: ["-v", "--version", "-version"])
    func `the version carries the name of the program`(line: String) throws {
        #expect(try read(line) == .version("docker-machine version 0.16.2, build bd45ab13"))
    }

    @Test func `every command of docker-machine and ours is there, each with help`() throws {
        let names = """
            active config create env inspect ip kill ls mount provision regenerate-certs restart rm scp ssh start status stop upgrade \
            url version help doctor console set completion image registry suspend resume
            """.split(separator: " ").map(String.init)
        #expect(Set(CommandTable.all(program: "x").map(\.name)) == Set(names))
        for name in names where name != "help" {
            for line in ["\(name) --help", "\(name) -h", "help \(name)"] {
                guard case .help(let text) = try read(line) else {
                    Issue.record("\(line) shows no help")
                    continue
                }
                #expect(text.hasPrefix("Usage: docker-machine \(name)"))
            }
        }
    }

    @Test func `an unknown command is named`() {
        #expect {
            try read("foo")
        } throws: {
            $0 as? UsageError
                == UsageError(
                    message: "docker-machine: 'foo' is not a docker-machine command. See 'docker-machine --help'.")
        }
        #expect {
            try read("image foo")
        } throws: {
            "\($0)" == "docker-machine: 'image foo' is not a docker-machine command. See 'docker-machine image --help'."
        }
        #expect(throws: UsageError.self) { try read("help foo") }
        #expect(throws: UsageError.self) { try read("-- -x") }
    }

    @Test func `a bad flag shows the command's help on stdout and the reason on stderr`() throws {
        #expect {
            try read("ip --foo")
        } throws: {
            $0 as? UsageError
                == UsageError(
                    output:
                        "Incorrect Usage.\n\nUsage: docker-machine ip [arg...]\n\nGet the IP address of a machine\n\nDescription:\n   Argument(s) are one or more machine names.\n",
                    message: "flag provided but not defined: -foo")
        }
        #expect {
            try read("--foo ls")
        } throws: {
            guard let error = $0 as? UsageError else { return false }
            return error.output.hasPrefix("Incorrect Usage.\n\nUsage: docker-machine [OPTIONS] COMMAND")
                && error.message == "flag provided but not defined: -foo"
        }
        #expect(throws: UsageError.self) { try read("image --foo") }
    }

    @Test func `global flags are read before the command, with their variables`() throws {
        let given = try command(
            "-s /srv/m --tls-ca-cert ca --tls-ca-key=cak --tls-client-cert c --tls-client-key k --native-ssh --github-api-token t --bugsnag-api-token=no-report --libvirt-uri qemu:///session ls"
        ).globals
        #expect(given.storagePath == "/srv/m" && given.libvirtURI == "qemu:///session" && given.nativeSSH)
        #expect(given.tlsCACert == "ca" && given.tlsCAKey == "cak" && given.tlsClientCert == "c" && given.tlsClientKey == "k")

        let variables = try command(
            "ls",
            environment: [
                "HOME": "/h", "MACHINE_STORAGE_PATH": "/s", "MACHINE_TLS_CA_CERT": "1", "MACHINE_TLS_CA_KEY": "2",
                "MACHINE_TLS_CLIENT_CERT": "3", "MACHINE_TLS_CLIENT_KEY": "4", "MACHINE_NATIVE_SSH": "true",
                "LIBVIRT_DEFAULT_URI": "test:///default", "MACHINE_DEBUG": "1", "MACHINE_GITHUB_API_TOKEN": "x",
                "MACHINE_BUGSNAG_API_TOKEN": "y",
            ]
        ).globals
        #expect(
            variables.storagePath == "/s" && variables.libvirtURI == "test:///default" && variables.nativeSSH && variables.debug)
        #expect(
            [variables.tlsCACert, variables.tlsCAKey, variables.tlsClientCert, variables.tlsClientKey] == ["1", "2", "3", "4"])

        let usual = try command("ls").globals
        #expect(usual.storagePath == "/home/u/.docker/machine" && !usual.debug && usual.libvirtURI.isEmpty)
    }

    @Test func `debug is heard anywhere on the line`() throws {
        #expect(try command("-D ls").globals.debug)
        #expect(try command("ssh n -D 1080").globals.debug)
        #expect(try command("ssh n --debug").globals.debug)
    }

    @Test func `MACHINE_DEBUG must be a boolean`() {
        #expect {
            try read("ls", environment: ["HOME": "/h", "MACHINE_DEBUG": "loud"])
        } throws: {
            $0 as? UsageError
                == UsageError(
                    message:
                        #"Error parsing boolean value from MACHINE_DEBUG: strconv.ParseBool: parsing "loud": invalid syntax"#
                )
        }
    }

    @Test func `flags after names are accepted`() throws {
        #expect(try command("rm a -y").flags.bool("y"))
        #expect(try command("rm a -f b").positionals == ["a", "b"])
        #expect(try command("inspect n1 -f {{.Driver.IPAddress}}").flags.string("format") == "{{.Driver.IPAddress}}")
        #expect(try command("image ls --quiet").path == ["image", "ls"])
        #expect(try command("set n1 --memory 2048 --cpus -1").flags.int("cpus") == -1)
    }

    @Test func `every word behind ssh goes to ssh`() throws {
        let words = "n -L 8080:localhost:8080 -- ls -l --help"
        #expect(try command("ssh \(words)").positionals == words.split(separator: " ").map(String.init))
    }

    @Test(arguments: [
        ("active -t 3", ["timeout"]), ("config --swarm n", ["swarm"]),
        ("env --swarm --shell fish -u --no-proxy", ["swarm", "shell", "unset", "no-proxy"]),
        ("inspect -f x", ["format"]), ("ls -q --filter a=b --filter c=d -t 1 -f x", ["quiet", "filter", "timeout", "format"]),
        ("mount -u x", ["unmount"]), ("regenerate-certs -f --client-certs n", ["force", "client-certs"]),
        ("image template --memory 512 --cpus 2 0123", ["memory", "cpus"]), ("rm -f -y n", ["force", "y"]),
        ("scp -r -d -q a b", ["recursive", "delta", "quiet"]),
    ])
    func `the commands have docker-machine's flags`(line: String, flags: [String]) throws {
        let invocation = try command(line)
        for flag in flags { #expect(invocation.flags.isSet(flag)) }
    }

    @Test(arguments: [
        "active", "create", "env", "image", "image template", "ls", "regenerate-certs", "resume", "rm", "ssh", "suspend",
    ])
    func `help of a command`(name: String) throws {
        guard case .help(let text) = try read("\(name) --help") else { return }
        try expectGolden(text, "help-\(name.replacing(" ", with: "-"))")
    }

    @Test func `help of the program and of create with a driver`() throws {
        guard case .help(let program) = try read("--help"), case .help(let create) = try read("create -d virtualbox -h")
        else {
            Issue.record("no help")
            return
        }
        try expectGolden(program, "help")
        try expectGolden(create, "help-create-virtualbox")
        #expect(create.contains("--virtualbox-hostonly-cidr \"192.168.99.1/24\""))
    }
}
