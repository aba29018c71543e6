import DockerAPI
import NIOCore
import SwarmModel

/// How lines of logs are written to clients.
struct LogFormat {
    let request: LogRequest
    /// Whether each piece has a head that tells which of the two streams it belongs to and how long it is; without, where the
    /// container has a terminal, there is one stream only.
    let isMultiplexed: Bool

    /// What a piece of the answer belongs to; the last is what the swarm itself has to say, on which clients end with an error.
    private enum Stream: UInt8 {
        case output = 1
        case errors
        case system
    }

    func bytes(_ line: LogLine) -> ByteBuffer? {
        guard line.isError ? request.errors : request.output else { return nil }
        var text = ByteBuffer()
        if request.showsTime { text.writeString(Self.time(line.time) + " ") }
        if request.showsDetails { text.writeString(Self.details(line) + " ") }
        text.writeBytes(line.text)
        return framed(text, as: line.isError ? .errors : .output)
    }

    /// What a reader is told where the logs end before their time.
    func bytes(_ error: any Error) -> ByteBuffer {
        framed(ByteBuffer(string: "Error grabbing logs: \(error)\n"), as: .system)
    }

    /// A byte for the stream, three that are zero, and the length with its highest byte first.
    private func framed(_ text: ByteBuffer, as stream: Stream) -> ByteBuffer {
        guard isMultiplexed else { return text }
        var frame = ByteBuffer()
        frame.writeInteger(UInt32(stream.rawValue) << 24)
        frame.writeInteger(UInt32(clamping: text.readableBytes))
        frame.writeImmutableBuffer(text)
        return frame
    }

    /// Always with nine decimals, so that lines stand below each other.
    static func time(_ time: Timestamp) -> String {
        var text = time.description
        guard text.hasSuffix("Z") else { return text }
        text.removeLast()
        guard let point = text.lastIndex(of: ".") else { return text + ".000000000Z" }
        let digits = text.distance(from: point, to: text.endIndex) - 1
        return text + String(repeating: "0", count: max(0, 9 - digits)) + "Z"
    }

    /// Clients take this apart to say which task a line is from.
    private static func details(_ line: LogLine) -> String {
        [("node", line.nodeID), ("service", line.serviceID), ("task", line.taskID)]
            .map { "com.docker.swarm.\($0.0).id=\($0.1)" }.joined(separator: ",")
    }
}
