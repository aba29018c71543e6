import Testing

@testable import GoFlags

@Suite struct FlagEnvironmentTests {
    let set = FlagSet([
        .string("driver, d", default: "libvirt", env: "MACHINE_DRIVER", usage: ""),
        .int("memory", default: 1024, env: "MEMORY", usage: ""),
        .bool("debug, D", env: "MACHINE_DEBUG", usage: ""),
        .strings("mirror", env: "MIRROR", usage: ""),
    ])

    @Test func `an environment variable stands in for a flag that is not given`() throws {
        let parsed = try set.parse(
            [], environment: ["MACHINE_DRIVER": "kvm", "MEMORY": "2048", "MACHINE_DEBUG": "1", "MIRROR": "a, b,c"])
        #expect(parsed.string("driver") == "kvm")
        #expect(parsed.int("memory") == 2048)
        #expect(parsed.bool("debug"))
        #expect(parsed.strings("mirror") == ["a", "b", "c"])
        #expect(parsed.source(of: "D") == .environment)
    }

    @Test func `the command line wins, also over a list`() throws {
        let parsed = try set.parse(
            ["-d", "qemu", "--debug=false", "--mirror", "x", "--mirror", "y"],
            environment: ["MACHINE_DRIVER": "kvm", "MACHINE_DEBUG": "1", "MIRROR": "a,b"])
        #expect(parsed.string("driver") == "qemu")
        #expect(!parsed.bool("debug"))
        #expect(parsed.strings("mirror") == ["x", "y"])
        #expect(parsed.source(of: "driver") == .commandLine)
    }

    @Test func `an empty variable counts as none`() throws {
        let parsed = try set.parse([], environment: ["MACHINE_DRIVER": "", "MACHINE_DEBUG": ""])
        #expect(parsed.string("driver") == "libvirt")
        #expect(!parsed.bool("debug"))
    }

    @Test(arguments: ["1", "t", "T", "true", "TRUE", "True"])
    func `booleans that mean yes`(text: String) throws {
        #expect(try set.parse([], environment: ["MACHINE_DEBUG": text]).bool("debug"))
    }

    @Test(arguments: ["0", "f", "F", "false", "FALSE", "False"])
    func `booleans that mean no`(text: String) throws {
        #expect(try !set.parse([], environment: ["MACHINE_DEBUG": text]).bool("debug"))
    }

    @Test func `a variable of the wrong type is named in the error`() {
        #expect {
            try set.parse([], environment: ["MACHINE_DEBUG": "yes"])
        } throws: {
            "\($0)"
                == #"Error parsing boolean value from MACHINE_DEBUG: strconv.ParseBool: parsing "yes": invalid syntax"#
        }
        #expect {
            try set.parse([], environment: ["MEMORY": "much"])
        } throws: {
            "\($0)" == #"Error parsing integer value from MEMORY: strconv.ParseInt: parsing "much": invalid syntax"#
        }
    }
}
