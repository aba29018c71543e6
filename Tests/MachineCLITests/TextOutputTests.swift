import GoFlags
import GoTemplate
import Machine
import Testing

@testable import MachineCLI

@Suite struct TextOutputTests {
    @Test func `config prints five lines with quoted paths`() {
        #expect(
            ConnectionFlags.text(certificatePath: "/home/u/.docker/machine/machines/n1", url: "tcp://192.168.99.100:2376") == """
                --tlsverify
                --tlscacert="/home/u/.docker/machine/machines/n1/ca.pem"
                --tlscert="/home/u/.docker/machine/machines/n1/cert.pem"
                --tlskey="/home/u/.docker/machine/machines/n1/key.pem"
                -H=tcp://192.168.99.100:2376

                """)
        #expect(ConnectionFlags.text(certificatePath: "/a \"b\"", url: "x").contains(#"--tlscert="/a \"b\"/cert.pem""#))
    }

    @Test func `errors quote what they were given as Go does`() {
        #expect(
            MachineError.preCreateCheck("no \"x\"\n\u{1B}[1m").description
                == #"Error with pre-create check: "no \"x\"\n\x1b[1m""#)
        #expect(
            MachineError.driverNotFound("a\r").description
                == #"Driver "a\r" not found. Do you have the plugin binary "docker-machine-driver-a\r" accessible in your PATH?"#)
        #expect(
            FlagError.invalidBoolean("\u{07}", flag: "b").description == #"invalid boolean value "\a" for -b: parse error"#)
    }

    @Test func `rm asks word for word`() {
        #expect(
            Prompt.removal(of: ["a", "b"])
                == "About to remove a, b\nWARNING: This action will delete both local reference and remote instance.")
        #expect(Prompt.sure == "Are you sure? (y/n): ")
        #expect(Prompt.removed("a") == "Successfully removed a")
        #expect(Prompt.removalFailed("a", reason: "why") == #"Error removing host "a": why"#)
        #expect(Prompt.cannotForget("a") == #"Can't remove "a""#)
        #expect(Prompt.regenerateCertificates == "Regenerate TLS machine certs?  Warning: this is irreversible. (y/n): ")
    }

    @Test(arguments: [
        ("y", true), ("Y", true), ("yes", true), (" yes\n", true), ("n", false), ("", false), ("maybe y", false), (nil, false),
    ])
    func `an answer that begins with y means yes`(answer: String?, yes: Bool) {
        #expect(Prompt.isYes(answer) == yes)
    }

    @Test func `inspect prints members in their order, indented by four`() {
        let configuration: Value = [
            "ConfigVersion": 3, "Driver": ["IPAddress": "192.168.99.100"], "DriverName": "virtualbox", "Name": "n1",
        ]
        #expect(
            InspectOutput.json(configuration) == """
                {
                    "ConfigVersion": 3,
                    "Driver": {
                        "IPAddress": "192.168.99.100"
                    },
                    "DriverName": "virtualbox",
                    "Name": "n1"
                }

                """)
    }

    @Test func `inspect fills in a template`() throws {
        let configuration: Value = ["Driver": ["IPAddress": "192.168.99.100", "SSHPort": 22]]
        #expect(
            try InspectOutput.formatted(configuration, template: "{{.Driver.IPAddress}}:{{.Driver.SSHPort}}")
                == "192.168.99.100:22\n")
        #expect(try InspectOutput.formatted(configuration, template: "{{.Nope}}") == "<no value>\n")
        #expect(
            try InspectOutput.formatted(configuration, template: "{{prettyjson .Driver}}")
                == "{\n    \"IPAddress\": \"192.168.99.100\",\n    \"SSHPort\": 22\n}\n")
        #expect {
            try InspectOutput.formatted(configuration, template: "{{foo}}")
        } throws: {
            "\($0)" == #"template parsing error: template: :1: function "foo" not defined"#
        }
        #expect {
            try InspectOutput.formatted(configuration, template: "{{.Driver.X.Y}}")
        } throws: {
            "\($0)".hasPrefix("template: :1:9: executing")
        }
    }
}
