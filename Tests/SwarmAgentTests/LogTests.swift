import DockerAPI
import NIOCore
import SwarmModel
import Synchronization
import Testing

@testable import SwarmAgent

@Suite("Logs of containers", .timeLimit(.minutes(1)))
struct LogTests {
    private final class Told: Sendable {
        private let value = Mutex<[String]>([])
        var lines: [String] { value.withLock { $0 } }

        func add(_ lines: [String]) { value.withLock { $0 += lines } }
    }

    private static func frame(_ stream: UInt8, _ text: String) -> [UInt8] {
        let length = UInt32(text.utf8.count)
        return [stream, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + Array(text.utf8)
    }

    @Test("frames are put together wherever they were cut", arguments: 1...40)
    func framing(size: Int) {
        let bytes =
            Self.frame(1, "2026-11-21T09:15:02.250000001Z hello\n") + Self.frame(2, "2026-11-21T09:15:03.000000000Z \n")
            + Self.frame(1, "2026-11-21T09:15:04.000000000Z no end")
        var frames = LogFrames(isFramed: true)
        var lines: [LogFrames.Line] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            frames.append(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            while let line = frames.next() { lines.append(line) }
        }
        #expect(lines.map { String(decoding: $0.text, as: UTF8.self) } == ["hello\n", "\n", "no end"])
        #expect(lines.map(\.isError) == [false, true, false])
        #expect(lines.first?.time == Timestamp("2026-11-21T09:15:02.250000001Z"))
    }

    @Test("of a terminal there is one output, cut at its lines")
    func terminal() {
        var frames = LogFrames(isFramed: false)
        frames.append(ByteBuffer(string: "2026-11-21T09:15:02Z a b\r\n2026-11-21T09:15:03Z c"))
        #expect(frames.next()?.text == Array("a b\r\n".utf8))
        #expect(frames.next() == nil)
        #expect(frames.remainder()?.text == Array("c".utf8))
    }

    @Test(
        "times of another zone are the same instants",
        arguments: ["2026-11-21T10:15:02.000000000+01:00", "2026-11-21T03:45:02.000000000-05:30", "2026-11-21T09:15:02Z"])
    func zones(text: String) { #expect(LogTime.parse(text) == Timestamp("2026-11-21T09:15:02Z")) }

    @Test("a follower gets what there is, and what later tasks of the service write")
    func following() async throws {
        try await WorkerBed.with { bed in
            let (first, second) = (TaskRecord.sample("a"), TaskRecord.sample("b"))
            for (task, text) in [(first, "one\n"), (second, "two\n")] {
                await bed.engine.set(logs: Self.frame(1, "2026-11-21T09:15:02.000000000Z " + text), of: task.id)
            }
            await bed.assign(first, complete: true)
            _ = try await bed.wait(for: first.id, .running)
            let told = Told()
            try await withThrowingTaskGroup(of: Void.self) { group in
                let selection = LogSelection(.service(first.serviceID), follows: true, output: true, errors: true)
                group.addTask {
                    try await bed.worker.readLogs(selection) { lines in
                        told.add(lines.map { $0.taskID.prefix(1) + " " + String(decoding: $0.text, as: UTF8.self) })
                    }
                }
                _ = try await bed.wait("the first line") { told.lines.isEmpty ? nil : true }
                await bed.assign(second)
                _ = try await bed.wait("the second line") { told.lines.count == 2 ? true : nil }
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
            #expect(told.lines == ["a one\n", "b two\n"])
        }
    }
}
