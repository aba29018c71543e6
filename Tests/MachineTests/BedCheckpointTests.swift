import Foundation
import Processes
import Testing

@testable import Machine

/// Checkpoints of a real VM and the way back to them, in a bed (scripts/testbed).
@Suite(.enabled(if: BedStore.isInBed), .serialized)
struct BedCheckpointTests {
    let store: BedStore

    init() throws { store = try BedStore() }

    @Test(.timeLimit(.minutes(8)))
    func aMachineGoesBackToItsCheckpointsWhateverItDoes() async throws {
        _ = try await store.ensureTemplate()
        try await store.create("k1")
        try await checkpointsGoBackAndForth()
        try await whatIsRefusedChangesNothing()
        try await fromStoppedSuspendedAndKilled()
        try await aBootAfterARewindHasWhatTheDiskHad()
        try await removedCheckpointsTakeTheirLayers()
        #expect(try await store.machine("rm", "-y", "k1").succeeded)
        try await store.expectNothingLeft()
    }

    // MARK: - Parts

    private func checkpointsGoBackAndForth() async throws {
        // What is in memory only belongs to it, too: none of this is flushed.
        _ = try await store.ssh("k1", "touch one; mkdir /dev/shm/one")
        try await checkpoint("first")
        _ = try await store.ssh("k1", "touch two; mkdir /dev/shm/two")
        #expect(try await files() == ["/dev/shm/one", "/dev/shm/two", "one", "two"])
        try await checkpoint("second")
        _ = try await store.ssh("k1", "rm one; touch three")
        try await rewind("first")
        #expect(try await files() == ["/dev/shm/one", "one"])
        _ = try await store.ssh("k1", "touch four")
        try await rewind("second")
        #expect(try await files() == ["/dev/shm/one", "/dev/shm/two", "one", "two"])
        try await rewind("first")
        #expect(try await files() == ["/dev/shm/one", "one"])
        let clock = try #require(Double(try await store.ssh("k1", "date +%s.%N")))
        #expect(abs(clock - Date().timeIntervalSince1970) < 4, "the clock shows \(clock)")
        // The file system and the engine are well.
        let engine = try await store.ssh("k1", "docker volume create kept")
        #expect(engine == "kept")
        let errors = try await store.ssh("k1", "sudo dmesg | grep -iE 'ext4.*error|i/o error|hung task'; :")
        #expect(errors == "")
    }

    private func whatIsRefusedChangesNothing() async throws {
        let uptime = try await uptime()
        let volumes = try await store.volumes()
        for refused in ["unknown", "../first", "first~1"] {
            let error = await #expect(throws: MachineError.self) {
                try await store.machines.rewind(to: refused, of: ["k1"]) { _ in }
            }
            #expect("\(try #require(error))" == "\"k1\" has no checkpoint \"\(refused)\"")
        }
        for refused in ["first", "", "../x", "12"] {
            await #expect(throws: MachineError.self) { try await store.machines.checkpoint(refused, of: ["k1"]) { _ in } }
        }
        // One that somebody has paused stays so.
        _ = try await store.inShell("virsh suspend k1")
        await #expect(throws: MachineError.self) { try await checkpoint("third") }
        await #expect(throws: MachineError.self) { try await store.machines.suspend(["k1"]) { _ in } }
        #expect(try await store.machine("status", "k1").text == "Paused\n")
        _ = try await store.inShell("virsh resume k1")
        try await store.machines.removeCheckpoint("unknown", of: ["k1"]) { _ in }
        #expect(try await store.volumes() == volumes)
        #expect(try await self.uptime() >= uptime)
    }

    private func fromStoppedSuspendedAndKilled() async throws {
        _ = try await store.ssh("k1", "touch five; sync")
        #expect(try await store.machine("stop", "k1").succeeded)
        let error = await #expect(throws: MachineError.self) { try await checkpoint("third") }
        #expect("\(try #require(error))".contains("\"k1\" is not running"))
        try await rewind("first")
        #expect(try await files() == ["/dev/shm/one", "one"])

        _ = try await store.ssh("k1", "touch six; sync")
        try await store.machines.suspend(["k1"]) { _ in }
        await #expect(throws: MachineError.self) { try await checkpoint("third") }
        try await rewind("first")
        #expect(try await files() == ["/dev/shm/one", "one"])

        _ = try await store.ssh("k1", "touch seven; sync")
        #expect(try await store.machine("kill", "k1").succeeded)
        try await rewind("second")
        #expect(try await files() == ["/dev/shm/one", "/dev/shm/two", "one", "two"])
        #expect(try await store.machine("status", "k1").text == "Running\n")
    }

    private func aBootAfterARewindHasWhatTheDiskHad() async throws {
        _ = try await store.ssh("k1", "touch eight")
        #expect(try await store.machine("stop", "k1").succeeded)
        let start = try await store.machine("start", "k1")
        #expect(start.succeeded, "\(start.text)\(start.errorText)")
        #expect(try await files() == ["eight", "one", "two"])
        // And the checkpoint is what it was.
        try await rewind("second")
        #expect(try await files() == ["/dev/shm/one", "/dev/shm/two", "one", "two"])
    }

    private func removedCheckpointsTakeTheirLayers() async throws {
        // Told by its value, not by the call, so that a failure says what is there.
        let kept = try await store.volumes().filter { $0.hasSuffix(".memory") }
        #expect(kept == ["k1~first.memory", "k1~second.memory"])
        try await store.machines.removeCheckpoint("first", of: ["k1"]) { _ in }
        #expect(try await store.volumes().filter { $0.hasSuffix(".memory") } == ["k1~second.memory"])
        try await rewind("second")
        #expect(try await files() == ["/dev/shm/one", "/dev/shm/two", "one", "two"])
        try await store.machines.removeCheckpoint("second", of: ["k1"]) { _ in }
        let chain = try await store.inShell(
            """
            disk=$(virsh domblklist k1 | awk '$1 == "vda" { print $2 }')
            qemu-img info -U --backing-chain --output json "$disk" | grep -o '"filename": "[^"]*"' | sed 's/.*\\///; s/"//' | sort -u
            """)
        let layers = Set(chain.text.split(separator: "\n").map(String.init).filter { $0.hasPrefix("k1") })
        #expect(layers.count >= 2)
        #expect(try await store.volumes().filter { !$0.hasSuffix(".console") } == layers)
        #expect(try await files() == ["/dev/shm/one", "/dev/shm/two", "one", "two"])
    }

    private func checkpoint(_ name: String) async throws { try await store.machines.checkpoint(name, of: ["k1"]) { _ in } }

    private func rewind(_ name: String) async throws { try await store.machines.rewind(to: name, of: ["k1"]) { _ in } }

    private func files() async throws -> [String] {
        try await store.ssh("k1", "ls -d * /dev/shm/* 2>/dev/null; :").split(whereSeparator: \.isWhitespace).map(String.init)
            .sorted()
    }

    private func uptime() async throws -> Double {
        try #require(Double(try await store.ssh("k1", "cut -d' ' -f1 /proc/uptime")))
    }
}
