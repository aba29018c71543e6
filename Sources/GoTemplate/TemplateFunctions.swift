extension Template {
    /// A function of the program's own that templates may call.
    public typealias Function = @Sendable ([Value]) throws(FunctionError) -> Value

    /// Which functions there are besides those of the program's own.
    public enum Dialect: Sendable {
        /// Go's.
        case go
        /// Go's, and those that Docker's commands have: `json`, `upper` and so on.
        case commands
    }

    /// Why a call of a function fails; where it does is added.
    public struct FunctionError: Error {
        public let message: String

        public init(_ message: String) { self.message = message }
    }
}

/// All functions that a template may call.
struct TemplateFunctions: Sendable {
    /// These go before those that every template has.
    let own: [String: Template.Function]
    let dialect: Template.Dialect

    func named(_ name: String) -> TemplateFunction? {
        own[name].map { TemplateFunction(0...Int.max, $0) } ?? TemplateFunction.named(name, in: dialect)
    }
}
