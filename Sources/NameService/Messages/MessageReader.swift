import NIOCore
import SwarmModel

/// Why bytes are no message.
public enum MessageError: Error, Equatable, Sendable {
    /// They end before the message does.
    case truncated
    /// A name that does not come to an end, is too long, or points elsewhere than back.
    case badName
    /// A record whose data are not what its type has.
    case badRecord
    /// More than one statement of what the sender can do.
    case badExtensions
}

/// Reads a message from its first byte on. Whatever the bytes, it comes to an end, and reads nothing outside of them.
struct MessageReader {
    /// The message alone.
    let bytes: ByteBuffer
    private(set) var offset = 0
    /// Where the sender says how much it takes by UDP, bytes from the beginning.
    private(set) var payloadOffset: Int?

    init(_ bytes: ByteBuffer) { self.bytes = bytes.slice() }

    /// ID, flags and the four counts, 12 bytes.
    struct Header {
        var id: UInt16
        var flags: Message.Flags
        var questions: UInt16
        var answers: UInt16
        var authorities: UInt16
        var additionals: UInt16
    }

    static let headerSize = 12

    mutating func header() throws(MessageError) -> Header {
        Header(
            id: try integer(), flags: Message.Flags(rawValue: try integer()), questions: try integer(), answers: try integer(),
            authorities: try integer(), additionals: try integer())
    }

    mutating func question() throws(MessageError) -> Question {
        Question(try name(), RecordType(rawValue: try integer()), RecordClass(rawValue: try integer()))
    }

    /// A record, or what the sender can do.
    enum Entry {
        case record(Record)
        case extensions(Message.Extensions)
    }

    mutating func entry() throws(MessageError) -> Entry {
        let name = try name()
        let type = RecordType(rawValue: try integer())
        let classOffset = offset
        let recordClass: UInt16 = try integer()
        let time: UInt32 = try integer()
        let length = Int(try integer() as UInt16)
        let end = offset + length
        guard end <= bytes.readableBytes else { throw .truncated }
        if type == .opt {
            guard name == .root else { throw .badExtensions }
            offset = end
            payloadOffset = classOffset
            return .extensions(
                Message.Extensions(
                    payload: recordClass, upperCode: UInt8(time >> 24), version: UInt8(time >> 16 & 255),
                    flags: UInt16(truncatingIfNeeded: time)))
        }
        let data = try data(type, length)
        guard offset == end else { throw .badRecord }
        return .record(Record(name, data, timeToLive: time, recordClass: RecordClass(rawValue: recordClass)))
    }

    private mutating func data(_ type: RecordType, _ length: Int) throws(MessageError) -> RecordData {
        switch type {
        case .a:
            guard length == 4 else { throw .badRecord }
            return .a(IPv4Address(try integer()))
        case .ptr:
            return .ptr(try name())
        default:
            guard type != .aaaa || length == 16 else { throw .badRecord }
            guard let data = bytes.getBytes(at: offset, length: length) else { throw .truncated }
            offset += length
            return type == .aaaa ? .aaaa(data) : .other(type, data)
        }
    }

    /// Reads a name, parts of which may stand further to the front (RFC 1035, section 4.1.4).
    ///
    /// Each pointer must point before the part that it ends, so there are no loops. A pointer to a pointer helps nobody, so there need not
    /// be more of them than a name has labels.
    private mutating func name() throws(MessageError) -> DomainName {
        var wire: [UInt8] = []
        var position = offset
        var part = offset
        var pointers = 0
        while true {
            guard let length = bytes.getInteger(at: position, as: UInt8.self) else { throw .truncated }
            switch length {
            case 0:
                if pointers == 0 { offset = position + 1 }
                wire.append(0)
                return DomainName(wire: wire)
            case 1...63:
                guard let label = bytes.viewBytes(at: position, length: Int(length) + 1) else { throw .truncated }
                // One byte is left for the end.
                guard wire.count + label.count < DomainName.limit else { throw .badName }
                wire.append(contentsOf: label)
                position += label.count
            case 0xC0...:
                guard let pointer = bytes.getInteger(at: position, as: UInt16.self) else { throw .truncated }
                if pointers == 0 { offset = position + 2 }
                pointers += 1
                position = Int(pointer & 0x3FFF)
                guard position < part, pointers < DomainName.limit / 2 else { throw .badName }
                part = position
            default:
                throw .badName
            }
        }
    }

    private mutating func integer<Integer: FixedWidthInteger>() throws(MessageError) -> Integer {
        guard let value = bytes.getInteger(at: offset, as: Integer.self) else { throw .truncated }
        offset += MemoryLayout<Integer>.size
        return value
    }
}

extension Message {
    /// Reads what is readable in a buffer as one message. Bytes behind its end are passed over.
    public init(reading bytes: ByteBuffer) throws(MessageError) {
        var reader = MessageReader(bytes)
        self = try Self.read(&reader)
    }

    static func read(_ reader: inout MessageReader) throws(MessageError) -> Message {
        let header = try reader.header()
        var message = Message(id: header.id, flags: header.flags)
        for _ in 0..<header.questions { message.questions.append(try reader.question()) }
        for (count, part) in [
            (header.answers, \Message.answers), (header.authorities, \.authorities), (header.additionals, \.additionals),
        ] {
            for _ in 0..<count {
                switch try reader.entry() {
                case .record(let record): message[keyPath: part].append(record)
                case .extensions(let extensions):
                    guard message.extensions == nil, part == \.additionals else { throw .badExtensions }
                    message.extensions = extensions
                }
            }
        }
        return message
    }
}
