/// Why a template cannot be read or carried out, in the words of Go's `text/template`.
public struct TemplateError: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(parsing message: String, line: Int) {
        description = "template: :\(line): \(message)"
    }

    init(executing message: String, at place: SourcePlace) {
        description = "template: :\(place.line):\(place.column): executing \"\" at <\(place.text)>: \(message)"
    }
}

/// Where in a template something stands, and how it is written.
struct SourcePlace: Sendable, Equatable {
    /// From 1.
    var line: Int
    /// Bytes before it on its line.
    var column: Int
    var text: String
}
