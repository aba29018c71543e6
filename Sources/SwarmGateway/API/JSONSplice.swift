import NIOCore

/// Finds values in JSON text and puts others in their place, while everything else stays byte for byte: what this program does not
/// know of an answer of the engine must not be lost or rounded.
struct JSONSplice {
    private(set) var text: [UInt8]

    init(_ text: some Sequence<UInt8>) { self.text = Array(text) }

    /// Where the value at a path of member names stands.
    func value(at path: [String]) -> Range<Int>? {
        var range = Self.value(in: text, from: 0)
        for name in path {
            guard let object = range else { return nil }
            range = Self.members(of: object, in: text).last { $0.name == name }?.value
        }
        return range
    }

    /// Replaces the value of a member, or adds it to an object that is there.
    ///
    /// - Returns: false if there is no such object.
    @discardableResult
    mutating func set(_ path: [String], to json: some Collection<UInt8>) -> Bool {
        if let range = value(at: path) {
            text.replaceSubrange(range, with: json)
            return true
        }
        guard let name = path.last, let object = value(at: path.dropLast()), text[object.lowerBound] == UInt8(ascii: "{") else {
            return false
        }
        let comma = Self.members(of: object, in: text).isEmpty ? "" : ","
        text.insert(contentsOf: Array("\"\(name)\":".utf8) + json + comma.utf8, at: object.lowerBound + 1)
        return true
    }

    /// The members of an object, in the order in which they stand there; none where there is no object.
    func members(at path: [String]) -> [(name: String, value: Range<Int>)] {
        value(at: path).map { Self.members(of: $0, in: text) } ?? []
    }

    /// The elements of the array that the text is; none where it is something else.
    var elements: [Range<Int>] {
        guard let array = Self.value(in: text, from: 0), text[array.lowerBound] == UInt8(ascii: "[") else { return [] }
        var elements: [Range<Int>] = []
        var index = array.lowerBound + 1
        while let element = Self.value(in: text, from: index) {
            elements.append(element)
            index = Self.afterSpace(text, element.upperBound)
            guard index < array.upperBound, text[index] == UInt8(ascii: ",") else { break }
            index += 1
        }
        return elements
    }

    private static func members(of range: Range<Int>, in text: [UInt8]) -> [(name: String, value: Range<Int>)] {
        guard text[range.lowerBound] == UInt8(ascii: "{") else { return [] }
        var members: [(name: String, value: Range<Int>)] = []
        var index = range.lowerBound + 1
        while let name = value(in: text, from: index), text[name.lowerBound] == UInt8(ascii: "\"") {
            let colon = afterSpace(text, name.upperBound)
            guard colon < range.upperBound, text[colon] == UInt8(ascii: ":"), let value = value(in: text, from: colon + 1) else {
                break
            }
            members.append((String(decoding: text[name.lowerBound + 1..<name.upperBound - 1], as: UTF8.self), value))
            index = afterSpace(text, value.upperBound)
            guard index < range.upperBound, text[index] == UInt8(ascii: ",") else { break }
            index += 1
        }
        return members
    }

    private static func afterSpace(_ text: [UInt8], _ start: Int) -> Int {
        var index = start
        while index < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[index]) { index += 1 }
        return index
    }

    /// The value that begins at or after an index. The text is taken to be well formed; nothing but ranges depends on it.
    private static func value(in text: [UInt8], from start: Int) -> Range<Int>? {
        let begin = afterSpace(text, start)
        guard begin < text.count else { return nil }
        var index = begin
        var depth = 0
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\""):
                index += 1
                while index < text.count, text[index] != UInt8(ascii: "\"") {
                    index += text[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard index < text.count else { return nil }
                index += 1
                if depth == 0 { return begin..<index }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return begin == index ? nil : begin..<index }
                depth -= 1
                index += 1
                if depth == 0 { return begin..<index }
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x09, 0x0a, 0x0d:
                if depth == 0 { return begin == index ? nil : begin..<index }
                index += 1
            default: index += 1
            }
        }
        return depth == 0 ? begin..<index : nil
    }
}
