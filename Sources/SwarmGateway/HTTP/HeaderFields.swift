/// The fields of a message's head, in order. Names are compared without regard to case.
struct HeaderFields: Equatable {
    private(set) var fields: [(name: String, value: String)] = []

    static func == (left: HeaderFields, right: HeaderFields) -> Bool {
        left.fields.elementsEqual(right.fields) { $0.name == $1.name && $0.value == $1.value }
    }

    mutating func append(_ name: String, _ value: String) { fields.append((name, value)) }

    /// The value of the first field of that name.
    subscript(_ name: String) -> String? {
        let name = name.lowercased()
        return fields.first { $0.name.lowercased() == name }?.value
    }

    func values(_ name: String) -> [String] {
        let name = name.lowercased()
        return fields.lazy.filter { $0.name.lowercased() == name }.map(\.value)
    }

    /// The members of a field that is a list separated by commas, in lower case.
    func tokens(_ name: String) -> [String] {
        values(name).flatMap { $0.split(separator: ",") }.map { Self.trimmed($0[...]).lowercased() }.filter { !$0.isEmpty }
    }

    static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
