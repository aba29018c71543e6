import NIOCore
import SwarmModel
import Synchronization

/// How a message came.
enum Transport: Sendable {
    case datagram
    case stream
}

/// Makes answers of messages, whichever way those came.
final class Responder: Sendable {
    private let source: Mutex<any NameSource>
    private let forwarder: Forwarder

    init(source: any NameSource, forwarder: Forwarder) {
        self.source = Mutex(source)
        self.forwarder = forwarder
    }

    func use(_ source: any NameSource) { self.source.withLock { $0 = source } }

    /// Answers one message. To be called on the event loop.
    ///
    /// - Parameter reply: called once on the same event loop, at once or later, with nil where there is nothing to be said.
    func respond(
        to bytes: ByteBuffer, from asker: IPv4Address, by transport: Transport, _ reply: @escaping (ByteBuffer?) -> Void
    ) {
        var reader = MessageReader(bytes)
        // Answers are not answered: two servers would go on for ever.
        guard let header = try? reader.header(), !header.flags.isResponse else { return reply(nil) }
        let bare = Message(id: header.id, flags: header.flags)
        guard header.flags.operation == 0 else { return reply(bare.reply(.notImplemented).encode()) }
        reader = MessageReader(bytes)
        guard let query = try? Message.read(&reader), query.questions.count == 1, let question = query.questions.first else {
            return reply(bare.reply(.formatError).encode())
        }
        let limit = transport == .stream ? MessageSize.stream : MessageSize.limit(query.extensions)
        var answer = query.reply(.noError)
        if let extensions = query.extensions, extensions.version > 0 {
            // BADVERS, 16.
            answer.extensions?.upperCode = 1
            return reply(answer.encode(limit: limit))
        }
        switch source.withLock({ $0 }).answer(question, from: asker) {
        case .records(let records):
            answer.answers = records
            answer.flags.isAuthoritative = true
        case .noSuchName:
            answer.flags.set(.nameError)
            answer.flags.isAuthoritative = true
        case .refused: answer.flags.set(.refused)
        case .forward(let servers):
            let failure = query.reply(.serverFailure)
            let forwarded = Forwarder.Query(
                bytes: bytes, payloadOffset: reader.payloadOffset, question: question, asker: asker, transport: transport)
            let id = header.id
            return forwarder.forward(forwarded, to: servers) { received in
                reply(Self.passOn(received, id: id, limit: limit) ?? failure.encode(limit: limit))
            }
        }
        reply(answer.encode(limit: limit))
    }

    /// Another server's answer, under the ID of the asker; only its beginning where it is more than the asker takes.
    private static func passOn(_ answer: ByteBuffer?, id: UInt16, limit: Int) -> ByteBuffer? {
        guard var answer else { return nil }
        if answer.readableBytes > limit {
            var reader = MessageReader(answer)
            guard let header = try? reader.header(), header.questions == 1, let question = try? reader.question() else {
                return nil
            }
            var short = Message(id: id, flags: header.flags, questions: [question])
            short.flags.isTruncated = true
            return short.encode(limit: limit)
        }
        answer.setInteger(id, at: answer.readerIndex)
        return answer
    }
}
