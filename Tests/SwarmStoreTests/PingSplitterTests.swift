import NIOCore
import Testing

@testable import SwarmStore

@Suite struct PingSplitterTests {
    private static let settings: [UInt8] = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100]
    private static let data: [UInt8] = [0, 0, 3, 0, 1, 0, 0, 0, 1, 6, 6, 6]
    private static let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    private static let pingAnswer: [UInt8] = [0, 0, 8, 6, 1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    private static let malformedPing: [UInt8] = [0, 0, 2, 6, 0, 0, 0, 0, 0, 1, 2]

    @Test(arguments: 1...40) func pingsAreAnsweredAndTheRestIsUntouchedHoweverItIsCut(_ size: Int) {
        let stream = Self.settings + Self.ping + Self.data + Self.ping + Self.ping + Self.pingAnswer + Self.malformedPing
        var splitter = PingSplitter()
        var (rest, answers): ([UInt8], [UInt8]) = ([], [])
        for start in stride(from: 0, to: stream.count, by: size) {
            let piece = ByteBuffer(bytes: stream[start..<min(start + size, stream.count)])
            let result = splitter.split(piece, allocator: ByteBufferAllocator())
            rest += Array(result.rest.readableBytesView)
            answers += Array(result.answers.readableBytesView)
        }
        #expect(rest == Self.settings + Self.data + Self.pingAnswer + Self.malformedPing)
        #expect(answers == Self.pingAnswer + Self.pingAnswer + Self.pingAnswer)
    }
}
