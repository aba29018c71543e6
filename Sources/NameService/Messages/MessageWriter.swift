import NIOCore

extension Message {
    /// The bytes of the message.
    ///
    /// Records that do not fit are left out, the last ones first, and `isTruncated` is set.
    ///
    /// - Parameter limit: bytes, 512 to 65535.
    public func encode(limit: Int = MessageSize.stream) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: min(limit, 64 + 16 * answers.count))
        bytes.writeMultipleIntegers(id, flags.rawValue, UInt16(clamping: questions.count), UInt16(0), UInt32(0))
        for question in questions.prefix(Int(UInt16.max)) {
            bytes.writeBytes(question.name.wire)
            bytes.writeMultipleIntegers(question.type.rawValue, question.recordClass.rawValue)
        }
        let room = limit - (extensions == nil ? 0 : Extensions.size)
        var hasRoom = true
        for (index, records) in [answers, authorities, additionals].enumerated() {
            var count: UInt16 = 0
            for record in records where hasRoom {
                let start = bytes.writerIndex
                write(record, to: &bytes)
                hasRoom = bytes.writerIndex <= room
                if hasRoom { count += 1 } else { bytes.moveWriterIndex(to: start) }
            }
            bytes.setInteger(count, at: 6 + 2 * index)
        }
        if !hasRoom {
            var flags = flags
            flags.isTruncated = true
            bytes.setInteger(flags.rawValue, at: 2)
        }
        if let extensions {
            extensions.write(to: &bytes)
            bytes.setInteger((bytes.getInteger(at: 10) ?? UInt16(0)) + 1, at: 10)
        }
        return bytes
    }

    private func write(_ record: Record, to bytes: inout ByteBuffer) {
        // Most records are about what was asked for, and that name stands behind the header.
        if let first = questions.first, first.name.wire == record.name.wire, record.name != .root {
            bytes.writeInteger(0xC000 | UInt16(MessageReader.headerSize))
        } else {
            bytes.writeBytes(record.name.wire)
        }
        bytes.writeMultipleIntegers(record.data.type.rawValue, record.recordClass.rawValue, record.timeToLive)
        switch record.data {
        case .a(let address): bytes.writeMultipleIntegers(UInt16(4), address.number)
        case .ptr(let name):
            bytes.writeInteger(UInt16(name.wire.count))
            bytes.writeBytes(name.wire)
        case .aaaa(let data), .other(_, let data):
            let data = data.prefix(Int(UInt16.max))
            bytes.writeInteger(UInt16(data.count))
            bytes.writeBytes(data)
        }
    }
}

extension Message.Extensions {
    /// Bytes of the record: the root's name, type, class, time, and no data.
    static let size = 11

    fileprivate func write(to bytes: inout ByteBuffer) {
        bytes.writeInteger(UInt8(0))
        bytes.writeMultipleIntegers(RecordType.opt.rawValue, payload, upperCode, version, flags, UInt16(0))
    }
}
