import NIOCore

/// Changes one field of a head and leaves the rest byte for byte.
enum HeadEditor {
    /// - Parameter names: of fields, in lower case.
    static func dropping(_ names: Set<String>, from head: ByteBuffer) -> ByteBuffer {
        var result = ByteBuffer()
        for (index, line) in head.readableBytesView.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            let field = String(decoding: line.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self).lowercased()
            if index > 0, names.contains(field) { continue }
            if index > 0 { result.writeInteger(UInt8(ascii: "\n")) }
            result.writeBytes(line)
        }
        return result
    }

    static func set(_ name: String, to value: String, in head: ByteBuffer) -> ByteBuffer {
        let wanted = name.lowercased()
        var result = ByteBuffer()
        var isFirst = true
        for line in head.readableBytesView.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let isEnd = line.isEmpty || line.elementsEqual([UInt8(ascii: "\r")])
            let field = String(decoding: line.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self).lowercased()
            if !isFirst, field == wanted { continue }
            if isEnd {
                result.writeString("\(name): \(value)\r\n\r\n")
                return result
            }
            result.writeBytes(line)
            result.writeInteger(UInt8(ascii: "\n"))
            isFirst = false
        }
        return head
    }
}
