import Foundation
import Processes
import Testing

@testable import Machine

@Suite struct ProvisioningScriptTests {
    private func script(_ change: (inout ProvisioningScript) -> Void = { _ in }) -> ProvisioningScript {
        var script = ProvisioningScript(
            hostname: "n1", login: ("docker", "ssh-rsa AAAA"), nameServer: "192.168.99.1", authority: "CA",
            certificate: "CERT", key: "KEY", provider: "virtualbox", engine: EngineOptions(),
            mirror: "http://192.168.99.1:5000")
        change(&script)
        return script
    }

    @Test func aShellCanReadIt() async throws {
        var command = Command("sh", ["-n"])
        command.input = Data(script().text.utf8)
        #expect(try await command.run().succeeded)
    }

    /// Runs the script's `put` on a file, twice with the same content, once with other.
    @Test func onlyAChangeCountsAsOne() async throws {
        let folder = try TemporaryFolder()
        let text = script().text
        let function = try #require(text.range(of: "put() {")).lowerBound
        let end = try #require(text.range(of: "\n}\n")).upperBound
        var shell = Command("sh", ["-es"])
        shell.directory = folder.url
        shell.input = Data(
            """
            changed=
            \(text[function..<end])
            put 600 file YQ==; echo "first:$changed"; changed=
            put 600 file YQ==; echo "same:$changed"; changed=
            put 600 file Yg==; echo "other:$changed"
            """.utf8)
        #expect(try await shell.run().text == "first:1\nsame:\nother:1\n")
        #expect(try folder.mode("file") == 0o600)
    }

    /// The unit's text as it reaches the guest, decoded from the script.
    private func dropIn(_ script: ProvisioningScript) throws -> String {
        let line = try #require(script.text.split(separator: "\n").first { $0.hasPrefix("unit=$(printf %s ") })
        let word = try #require(line.split(separator: " ").dropFirst(2).first)
        return String(decoding: try #require(Data(base64Encoded: String(word))), as: UTF8.self)
    }

    @Test func engineFlagsReachTheDaemonsCommandLine() throws {
        let text = try dropIn(
            script {
                $0.engine.labels = ["rack=1"]
                $0.engine.insecureRegistries = ["reg:5000"]
                $0.engine.arbitraryFlags = ["mtu=1400"]
                $0.engine.environment = ["HTTP_PROXY=http://proxy:3128"]
                $0.engine.storageDriver = "overlay2"
            })
        for words in [
            "--tlsverify", "-H tcp://0.0.0.0:2376", "--label provider=virtualbox", "--label rack=1",
            "--insecure-registry reg:5000", "--registry-mirror http://192.168.99.1:5000", "--mtu=1400",
            "--storage-driver overlay2", "Environment=HTTP_PROXY=http://proxy:3128",
        ] { #expect(text.contains(words), "\(words)") }
    }

    @Test func valuesCannotBreakOutOfTheUnit() throws {
        let text = try dropIn(script { $0.engine.labels = ["a=b c", "x=$HOME%n\"q\"", "l=1\nExecStartPre=/bin/evil"] })
        #expect(text.contains("--label \"a=b c\""))
        #expect(text.contains("--label \"x=$$HOME%%n\\\"q\\\"\""))
        #expect(!text.contains("\nExecStartPre"))
    }

    @Test func namesCannotBreakOutOfTheScript() throws {
        let text = script { $0.engine.installURL = "'; touch /tmp/pwned; '" }.text
        #expect(text.contains("url=''\\''; touch /tmp/pwned; '\\'''"))
    }
}

@Suite struct ShellWordTests {
    @Test(arguments: ["plain", "", "a b", "it's", "$(id)", "`id`", "a\"b", "\\", "*", "a\nb", "'", "''", "é"])
    func aShellReadsBackTheWord(_ word: String) async throws {
        let result = try await Command("sh", ["-c", "printf %s \(ShellWord.quote(word))"]).run()
        #expect(result.text == word)
    }
}
