/// Why a template cannot be read or carried out, in the words of Go's `text/template`.
public struct TemplateError: Error, Equatable, CustomStringConvertible {
    private let message: String
    private let place: String
    private let cause: String?
    private var name = ""

    public var description: String {
        let executing = cause.map { "executing \(goQuote(name)) at <\($0)>: " } ?? ""
        return "template: \(name):\(place): \(executing)\(message)"
    }

    init(parsing message: String, line: Int) {
        self.message = message
        place = "\(line)"
        cause = nil
    }

    init(executing message: String, at place: SourcePlace) {
        self.message = message
        self.place = "\(place.line):\(place.column)"
        cause = place.text
    }

    /// The same of a template that has a name.
    func of(_ name: String) -> TemplateError {
        var error = self
        error.name = name
        return error
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
