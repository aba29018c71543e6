import Foundation
import Processes
import Testing

@testable import Machine

/// A store of its own for one test in a bed (scripts/testbed), and the programs with it as a person has them.
///
/// The guest image, and the templates in libvirt's pool, are shared by all tests of a bed.
struct BedStore: Sendable {
    /// Mebibytes of the machines in these tests, so that one template does for all.
    static let memoryMiB = 512
    static let isInBed = ProcessInfo.processInfo.environment["SWARMLAB_BED"] == "1"
    static let pool = "/var/lib/libvirt/images/swarmlab"
    private static let programs = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../bin")
        .standardizedFileURL

    let folder: TemporaryFolder
    var machines: Machines { Machines(store: MachineStore(root: folder.url)) }

    init() throws { folder = try TemporaryFolder() }

    func command(_ words: [String], environment: [String: String] = [:]) -> Command {
        var command = Command("docker-machine", words)
        command.executable = Self.programs.appending(path: "docker-machine").path
        command.environment = environment.mapValues { $0 }
        command.environment["MACHINE_STORAGE_PATH"] = folder.url.path
        command.environment["PATH"] = "\(Self.programs.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
        command.timeout = .seconds(400)
        return command
    }

    func machine(_ words: [String], environment: [String: String] = [:]) async throws -> CommandResult {
        try await command(words, environment: environment).run()
    }

    func machine(_ words: String..., environment: [String: String] = [:]) async throws -> CommandResult {
        try await machine(words, environment: environment)
    }

    func inShell(_ script: String, environment: [String: String] = [:]) async throws -> CommandResult {
        var shell = command(["-c", script], environment: environment)
        shell.executable = "bash"
        return try await shell.run()
    }

    /// Makes machines of the tests' size at once.
    ///
    /// - Returns: what `create` said.
    @discardableResult
    func create(_ words: String..., environment: [String: String] = [:]) async throws -> String {
        let result = try await machine(["create", "--memory", "\(Self.memoryMiB)"] + words, environment: environment)
        try #require(result.succeeded, "\(result.text)\(result.errorText)")
        return result.text
    }

    /// What a command in a machine printed, without the last line's end.
    func ssh(_ name: String, _ script: String) async throws -> String {
        let result = try await machine("ssh", name, script)
        try #require(result.succeeded, "\(name): \(script): \(result.text)\(result.errorText)")
        return result.text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Sees that the template of the tests' machines is there, so that what follows is a fork and nothing else.
    func ensureTemplate() async throws -> Template {
        let result = try await machine("image", "template", "--memory", "\(Self.memoryMiB)")
        try #require(result.succeeded, "\(result.text)\(result.errorText)")
        return try #require(
            try await machines.templates().first { $0.memoryMiB == Self.memoryMiB && $0.sharesMemory && $0.injected == nil })
    }

    /// Files in the pool but images and templates.
    func volumes() async throws -> Set<String> {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.pool)
        return Set(files.filter { !$0.hasPrefix("base-") && !$0.hasPrefix("template-") })
    }

    /// KiB of a machine's QEMU that are in memory, and of these what it shares, and its part if each sharer takes one.
    ///
    /// - Parameter mapping: how the mapped file's path ends; empty for all that there is.
    func memory(of name: String, mapping: String) async throws -> (resident: Int, shared: Int, proportional: Int) {
        let sums = try await inShell(
            """
            awk -v end=\(ShellWord.quote(mapping)) '
                /^[0-9a-f]+-[0-9a-f]+ / { counts = end == "" || index($6, end) + length(end) - 1 == length($6) && index($6, end) }
                counts && /^Rss:/ { r += $2 } counts && /^Shared_/ { s += $2 } counts && /^Pss:/ { p += $2 }
                END { print r + 0, s + 0, p + 0 }' "/proc/$(cat /run/libvirt/qemu/\(name).pid)/smaps"
            """)
        let numbers = sums.text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        try #require(numbers.count == 3, "\(sums.text)\(sums.errorText)")
        return (numbers[0], numbers[1], numbers[2])
    }

    /// Starts `create n1`, sends the signal once its VM is there, and returns the exit status.
    func createAndSignal(_ signal: Int32) async throws -> Int32 {
        try await signalling(signal, once: "virsh list --name | grep -qx n1", "create", "--memory", "\(Self.memoryMiB)", "n1")
    }

    /// Starts `machine`, sends the signal once the condition holds, and returns the exit status.
    func signalling(
        _ signal: Int32, once condition: String, _ words: String..., environment: [String: String] = [:]
    ) async throws -> Int32 {
        // The shell tells the pid; exec keeps it. (A job of a shell without job control would ignore SIGINT.)
        let pidFile = folder.url.appending(path: "pid")
        var program = command(
            ["-c", "echo $$ > \"$0\"; exec docker-machine \"$@\"", pidFile.path] + words, environment: environment)
        program.executable = "sh"
        async let result = program.run()
        _ = try await inShell("for i in {1..1200}; do \(condition) && break; sleep 0.05; done")
        let pid = try #require(Int32(try String(contentsOf: pidFile, encoding: .utf8).dropLast()))
        kill(pid, signal)
        return try await result.status
    }

    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let left = try await inShell(
            """
            virsh list --all --name; virsh net-list --all --name
            virsh pool-list --name | grep -q swarmlab && virsh vol-list swarmlab \\
                | awk 'NR > 2 && $1 !~ /^(base|template)-/ { print $1 }'
            ls -A "$MACHINE_STORAGE_PATH/machines" 2>/dev/null; pgrep -a docker-registry
            """)
        #expect(left.text.trimmingCharacters(in: .whitespacesAndNewlines) == "", sourceLocation: sourceLocation)
    }
}
