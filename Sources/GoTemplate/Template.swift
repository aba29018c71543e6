/// A Go `text/template`, as far as people use it with `inspect --format` and `ls --format`.
///
/// Understood: text, fields, variables, literals, pipelines, parentheses, `if`, `with`, `range`, `else`, comments, trim markers and the functions
/// `and or not len index eq ne lt le gt ge print printf println json prettyjson join split upper lower title`. Not understood: named templates,
/// methods, `break` and `continue`. Whole numbers stay whole, where Go makes every JSON number a float and prints 1e+06.
public struct Template: Sendable, Equatable {
    private let nodes: [Node]

    /// - Throws: `TemplateError` when the text is no template.
    public init(_ text: String) throws(TemplateError) {
        var parser = try TemplateParser(text)
        nodes = try parser.template()
    }

    /// Fills the template in.
    /// - Parameters:
    ///   - value: what `.` is.
    ///   - type: the Go type whose fields `value` has, for which asking for any other field is an error; nil for a map, where a
    ///     missing key prints `<no value>`.
    /// - Throws: `TemplateError`.
    public func render(_ value: Value, type: String? = nil) throws(TemplateError) -> String {
        var executor = TemplateExecutor(root: value, rootType: type)
        try executor.run(nodes, dot: value)
        return executor.output
    }
}
