/// A Go `text/template`, as far as people use it with `inspect --format` and `ls --format`.
///
/// Understood: text, fields, variables, literals, pipelines, parentheses, `if`, `with`, `range`, `else`, comments, trim markers and the functions
/// `and or not len index eq ne lt le gt ge print printf println json prettyjson join split upper lower title`. Not understood: named templates,
/// methods, `break` and `continue`. Whole numbers stay whole, where Go makes every JSON number a float and prints 1e+06.
public struct Template: Sendable, Equatable {
    private let nodes: [Node]
    private let name: String
    private let functions: TemplateFunctions

    /// - Parameters:
    ///   - name: what errors call the template.
    ///   - functions: what may be called besides the functions that every template has, and instead of those of the same name.
    ///   - dialect: which functions every template has.
    /// - Throws: `TemplateError` when the text is no template.
    public init(
        _ text: String, name: String = "", functions: [String: Function] = [:], dialect: Dialect = .commands
    ) throws(TemplateError) {
        self.name = name
        self.functions = TemplateFunctions(own: functions, dialect: dialect)
        do {
            var parser = try TemplateParser(text, functions: self.functions)
            nodes = try parser.template()
        } catch {
            throw error.of(name)
        }
    }

    /// Fills the template in.
    /// - Parameters:
    ///   - value: what `.` is.
    ///   - type: the Go type whose fields `value` has, for which asking for any other field is an error; nil for a map, where a
    ///     missing key prints `<no value>`.
    ///   - missingKeyIsError: whether a missing key of any map is an error instead.
    /// - Throws: `TemplateError`.
    public func render(
        _ value: Value, type: String? = nil, missingKeyIsError: Bool = false
    ) throws(TemplateError) -> String {
        var executor = TemplateExecutor(
            root: value, rootType: type, functions: functions, missingKeyIsError: missingKeyIsError)
        do {
            try executor.run(nodes, dot: value)
        } catch {
            throw error.of(name)
        }
        return executor.output
    }

    /// Whether they do the same, functions of the program's own aside.
    public static func == (left: Template, right: Template) -> Bool { left.nodes == right.nodes && left.name == right.name }
}
