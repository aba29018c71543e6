import Foundation
import Processes
import Testing

@testable import Machine

@Suite struct ProvisioningScriptTests {
    private func script(_ options: EngineOptions = EngineOptions()) -> ProvisioningScript {
        ProvisioningScript(
            hostname: "n1", login: ("docker", "ssh-rsa AAAA"), nameServer: "192.168.99.1", authority: "CA",
            certificate: "CERT", key: "KEY",
            engine: EngineConfiguration(provider: "virtualbox", options: options, mirror: "http://192.168.99.1:5000"))
    }

    @Test func aShellCanReadIt() async throws {
        var options = EngineOptions()
        options.arbitraryFlags = ["mtu=1400"]
        for options in [options, EngineOptions()] {
            var command = Command("sh", ["-n"])
            command.input = Data(try script(options).text().utf8)
            #expect(try await command.run().succeeded)
        }
    }

    /// Runs the script's `put` on a file, twice with the same content, once with other.
    @Test func onlyAChangeCountsAsOne() async throws {
        let folder = try TemporaryFolder()
        let text = try script().text()
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

    @Test func namesCannotBreakOutOfTheScript() throws {
        var options = EngineOptions()
        options.installURL = "'; touch /tmp/pwned; '"
        #expect(try script(options).text().contains("url=''\\''; touch /tmp/pwned; '\\'''"))
    }
}

@Suite struct EngineConfigurationTests {
    private func configuration(_ change: (inout EngineOptions) -> Void = { _ in }) -> EngineConfiguration {
        var options = EngineOptions()
        change(&options)
        return EngineConfiguration(provider: "virtualbox", options: options, mirror: "http://192.168.99.1:5000")
    }

    private static func all(_ options: inout EngineOptions) {
        options.labels = ["rack=1"]
        options.insecureRegistries = ["reg:5000"]
        options.registryMirrors = ["http://own:5000"]
        options.arbitraryFlags = ["mtu=1400"]
        options.environment = ["HTTP_PROXY=http://proxy:3128"]
        options.storageDriver = "overlay2"
    }

    @Test func anEngineThatEndsTLSHasAllOnItsCommandLine() {
        let text = configuration(Self.all).tlsDropIn
        for words in [
            "--tlsverify", "-H tcp://0.0.0.0:2376", "--label provider=virtualbox", "--label rack=1",
            "--insecure-registry reg:5000", "--registry-mirror http://own:5000 --registry-mirror http://192.168.99.1:5000",
            "--mtu=1400", "--storage-driver overlay2", "Environment=HTTP_PROXY=http://proxy:3128",
        ] { #expect(text.contains(words), "\(words)") }
    }

    @Test func whatARunningEngineCanTakeOnIsInItsFile() throws {
        let text = try configuration(Self.all).daemonJSON()
        let keys = try JSONDecoder().decode([String: [String]].self, from: Data(text.utf8))
        #expect(
            keys == [
                "labels": ["provider=virtualbox", "rack=1"], "insecure-registries": ["reg:5000"],
                "registry-mirrors": ["http://own:5000", "http://192.168.99.1:5000"],
            ])
        #expect(try configuration().daemonJSON().contains("insecure") == false)
    }

    @Test func onlyWhatItCannotTakeOnMakesItStartAgain() throws {
        #expect(!configuration { $0.labels = ["rack=1"] }.needsRestart)
        #expect(configuration { $0.storageDriver = "vfs" }.needsRestart)
        #expect(configuration { $0.arbitraryFlags = ["mtu=1400"] }.needsRestart)
        #expect(configuration { $0.environment = ["A=b"] }.needsRestart)
        let text = try #require(configuration(Self.all).localDropIn)
        #expect(text.contains("-H fd:// --storage-driver overlay2 --mtu=1400\n"))
        #expect(!text.contains("label") && !text.contains("2376"))
    }

    @Test func valuesCannotBreakOutOfTheUnit() {
        let text = configuration { $0.labels = ["a=b c", "x=$HOME%n\"q\"", "l=1\nExecStartPre=/bin/evil"] }.tlsDropIn
        #expect(text.contains("--label \"a=b c\""))
        #expect(text.contains("--label \"x=$$HOME%%n\\\"q\\\"\""))
        #expect(!text.contains("\nExecStartPre"))
    }
}

@Suite struct ForkIdentityTests {
    private func text(seed: UInt64 = 1) throws -> [String] {
        let identity = ForkIdentity(
            hostname: "n1", uuid: "233D4753-985f-4bcc-99d4-10e8883a6dfc", mac: "52:54:00:a8:63:64",
            address: "192.168.99.100/24", login: ("docker", "ssh-rsa AAAA\n"),
            hostKey: .init(privateKey: "PRIVATE", publicKey: "PUBLIC"), nameServer: nil, authority: "CA", certificate: "CERT",
            key: "KEY", engine: EngineConfiguration(provider: "kvm", options: EngineOptions(), mirror: nil))
        var random = Counter(count: seed)
        return try identity.text(now: Date(timeIntervalSince1970: 1_700_000_000.25), using: &random)
            .split(separator: "\n").map(String.init)
    }

    @Test func itIsLinesOfAKeyAndAValue() throws {
        let lines = try text()
        #expect(lines.contains("time 1700000000.250000000"))
        #expect(lines.contains("machine-id 233d4753985f4bcc99d410e8883a6dfc"))
        #expect(lines.contains("address 192.168.99.100/24"))
        #expect(lines.contains("file 600 root /etc/docker/server-key.pem 4b4559"))
        #expect(lines.contains("file 600 docker /home/docker/.ssh/authorized_keys 7373682d72736120414141410a"))
    }

    @Test func noTwoForksGetTheSameSeedOrEngine() throws {
        func values(_ key: String) throws -> Set<String> {
            Set(try (0..<20).map { try #require(text(seed: UInt64($0) * 100).first { $0.hasPrefix("\(key) ") }) })
        }
        #expect(try values("seed").count == 20)
        #expect(try values("engine").count == 20)
        #expect(try #require(text().first { $0.hasPrefix("seed ") }).count == "seed ".count + 128)
    }

    private struct Counter: RandomNumberGenerator {
        var count: UInt64
        mutating func next() -> UInt64 {
            count &+= 1
            return count &* 0x9E37_79B9_7F4A_7C15
        }
    }
}

@Suite struct ShellWordTests {
    @Test(arguments: ["plain", "", "a b", "it's", "$(id)", "`id`", "a\"b", "\\", "*", "a\nb", "'", "''", "é"])
    func aShellReadsBackTheWord(_ word: String) async throws {
        let result = try await Command("sh", ["-c", "printf %s \(ShellWord.quote(word))"]).run()
        #expect(result.text == word)
    }
}
