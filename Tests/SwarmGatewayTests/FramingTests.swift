import NIOCore
import SeededRandom
import Testing

@testable import SwarmGateway

/// Where messages end, whatever pieces their bytes come in.
@Suite struct FramingTests {
    /// Reads a whole stream of requests piece by piece, as a connection does it.
    struct Reader {
        var scanner = HeadScanner()
        var head: [UInt8] = []
        var body: BodyFraming?
        var content: [UInt8] = []
        var messages: [(line: String, content: String)] = []
        var line = ""

        mutating func feed(_ piece: some Collection<UInt8>) throws {
            var rest = Array(piece)
            while !rest.isEmpty {
                if body == nil {
                    let end = rest.withUnsafeBytes { scanner.scan($0) }
                    head += rest[..<(end ?? rest.count)]
                    rest.removeFirst(end ?? rest.count)
                    guard end != nil else { return }
                    let request = try RequestHead(head.dropFirst(scanner.leading))
                    line = request.method + " " + request.target
                    body = request.body
                    head = []
                    scanner = HeadScanner()
                }
                guard var framing = body else { return }
                let bytes = rest
                var content = content
                let count = try bytes.withUnsafeBytes { buffer in
                    try framing.advance(over: buffer) { content += bytes[$0] }
                }
                self.content = content
                rest.removeFirst(count)
                body = framing
                if framing.isFinished {
                    messages.append((line, String(decoding: self.content, as: UTF8.self)))
                    (body, self.content) = (nil, [])
                }
            }
        }
    }

    static let stream =
        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
        + "GET /b HTTP/1.1\r\nHost: x\r\n\r\n"
        + "\r\nPOST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "3\r\nabc\r\n1F; x=\"y\"\r\n0123456789012345678901234567890\r\n000\r\nTrailer: 1\r\nOther: 2\r\n\r\n"
        + "POST /d HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n1\nz\r\n0\n\n"
        + "PUT /e HTTP/1.0\r\nContent-Length: 0\r\n\r\n"

    static let expected = [
        "POST /a=hello", "GET /b=", "POST /c=abc0123456789012345678901234567890", "POST /d=z", "PUT /e=",
    ]

    private func check(_ pieces: [ArraySlice<UInt8>]) throws {
        var reader = Reader()
        for piece in pieces { try reader.feed(piece) }
        #expect(reader.messages.map { "\($0.line)=\($0.content)" } == Self.expected)
        #expect(reader.body == nil && reader.head.isEmpty)
    }

    @Test func byteByByte() throws {
        let bytes = Array(Self.stream.utf8)
        try check(bytes.indices.map { bytes[$0...$0] })
    }

    @Test(arguments: 0..<200) func inRandomPieces(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let bytes = Array(Self.stream.utf8)
        var pieces: [ArraySlice<UInt8>] = []
        var index = 0
        while index < bytes.count {
            let end = min(bytes.count, index + Int.random(in: 1...40, using: &random))
            pieces.append(bytes[index..<end])
            index = end
        }
        try check(pieces)
    }

    /// Whatever comes in, it is read or refused; and how it is cut into pieces makes no difference.
    @Test(arguments: 0..<400) func damagedStreamsAreReadTheSameInAnyPieces(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var bytes = Array(Self.stream.utf8)
        for _ in 0...Int.random(in: 0...5, using: &random) {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0...2, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0 ... .max, using: &random)
            case 1: bytes.remove(at: index)
            default: bytes.insert(UInt8.random(in: 0 ... .max, using: &random), at: index)
            }
        }
        func read(_ pieces: [ArraySlice<UInt8>]) -> [String] {
            var reader = Reader()
            do {
                for piece in pieces { try reader.feed(piece) }
                return reader.messages.map { "\($0.line)=\($0.content)" }
            } catch {
                return reader.messages.map { "\($0.line)=\($0.content)" } + ["\(error)"]
            }
        }
        let whole = read([bytes[...]])
        #expect(read(bytes.indices.map { bytes[$0...$0] }) == whole)
    }

    @Test(arguments: 0..<100) func noiseIsRefusedOrWaitsForMore(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let bytes = (0..<2000).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
        var reader = Reader()
        do { try reader.feed(bytes) } catch let error as HTTPError { #expect([400, 501, 505].contains(error.status)) }
        #expect(reader.messages.isEmpty)
        for var framing in [BodyFraming.chunked, .counted(100), .untilEnd] {
            do {
                let count = try bytes.withUnsafeBytes { try framing.advance(over: $0) }
                #expect(count <= bytes.count)
            } catch let error as HTTPError { #expect(error.status == 400) }
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length:", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 1", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n folded: 1", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b", 400),
        ("GET / HTTP/1.1\r\nno colon", 400),
        ("GET / HTTP/1.1", 400),
        ("GET /", 400),
        ("GET /a b HTTP/1.1\r\nHost: a", 400),
        ("G@T / HTTP/1.1\r\nHost: a", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \u{1}", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked", 501),
        ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked", 400),
        ("PRI * HTTP/2.0", 505),
    ])
    func whatIsNotARequestIsRefused(head: String, status: Int) {
        do throws(HTTPError) {
            _ = try RequestHead((head + "\r\n\r\n").utf8)
            Issue.record("taken")
        } catch { #expect(error.status == status) }
    }

    @Test(arguments: [
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 3", BodyFraming.counted(3), true),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3", .none, true),
        ("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 3", .none, true),
        ("GET", "HTTP/1.1 304", .none, true),
        ("GET", "HTTP/1.1 100 Continue", .none, true),
        ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", .chunked, true),
        ("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip", .untilEnd, false),
        ("GET", "HTTP/1.1 200 OK", .untilEnd, false),
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close", .none, false),
        ("GET", "HTTP/1.0 200 OK\r\nContent-Length: 0", .none, false),
        ("POST", "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp", .none, false),
    ])
    func anAnswerSaysWhereItEnds(method: String, head: String, body: BodyFraming, goesOn: Bool) throws {
        let answer = try ResponseHead((head + "\r\n\r\n").utf8, answering: method)
        #expect(answer.body == body)
        #expect(answer.keepsAlive == goesOn)
    }

    @Test(arguments: [
        "g\r\n", "\r\n", "-1\r\n", "1\r\nab", "1\r\na\r\r", "11111111111111111\r\n", "5 x\ry", "0\r\nx: y\r\n\ra",
        "1;" + String(repeating: "x", count: 5000), "0\r\n" + String(repeating: "x: y\r\n", count: 20000),
    ])
    func badChunksAreRefused(text: String) {
        var framing = BodyFraming.chunked
        #expect(throws: HTTPError.self) { try Array(text.utf8).withUnsafeBytes { try framing.advance(over: $0) } }
    }

    @Test func aHeadIsChangedInOneFieldOnly() {
        let head = ByteBuffer(string: "HTTP/1.1 200 OK\r\nA:  b\r\nswarm: inactive\r\nContent-Length: 2\r\n\r\n")
        let changed = HeadEditor.set("Swarm", to: "active/worker", in: head)
        #expect(String(buffer: changed) == "HTTP/1.1 200 OK\r\nA:  b\r\nContent-Length: 2\r\nSwarm: active/worker\r\n\r\n")
    }
}
