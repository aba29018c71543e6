import DockerAPI
import NIOCore
import SwarmModel

extension EngineClient {
    /// Reads what a container has written, and goes on with what it writes where the selection says so.
    ///
    /// - Parameter each: takes what has come together; the engine waits for it.
    func logs(of container: String, _ selection: LogSelection, each: @Sendable ([LogFrames.Line]) async throws -> Void)
        async throws
    {
        var call = Call(.GET, "/containers/\(container)/logs")
        call.query = [
            ("stdout", selection.output ? "1" : "0"), ("stderr", selection.errors ? "1" : "0"),
            ("follow", selection.follows ? "1" : "0"), ("timestamps", "1"), ("tail", selection.tail.map(String.init) ?? "all"),
        ]
        if let since = selection.since { call.query.append(("since", Self.instant(since))) }
        call.limit = nil
        try await exchange(call) { head, answer in
            let kind = head.headers.first(name: "Content-Type") ?? ""
            var frames = LogFrames(isFramed: kind != "application/vnd.docker.raw-stream")
            while let bytes = try await answer.next() {
                frames.append(bytes)
                var lines: [LogFrames.Line] = []
                while let line = frames.next() { lines.append(line) }
                if !lines.isEmpty { try await each(lines) }
            }
            if let line = frames.remainder() { try await each([line]) }
        }
    }

    /// As the engine wants instants: seconds with nine decimals.
    static func instant(_ time: Timestamp) -> String {
        let (seconds, fraction) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return "\(seconds).\(String(1_000_000_000 + fraction).dropFirst())"
    }
}
