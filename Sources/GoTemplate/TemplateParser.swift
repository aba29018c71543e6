/// Builds the tree of a template from its pieces.
struct TemplateParser {
    private var items: ArraySlice<TemplateLexer.Item>
    private var line = 1
    private var scopes: [Set<String>] = [["$"]]
    private var depth = 0
    /// Blocks inside blocks and parentheses inside parentheses: more than anybody writes, less than a thread's stack takes.
    private static let deepest = 50

    private let functions: TemplateFunctions

    init(_ text: String, functions: TemplateFunctions) throws(TemplateError) {
        self.functions = functions
        var lexer = TemplateLexer(text)
        items = try lexer.items()[...]
    }

    mutating func template() throws(TemplateError) -> [Node] {
        let (nodes, end) = try list()
        if let end { throw TemplateError(parsing: "unexpected {{\(end.word)}}", line: line) }
        return nodes
    }

    /// What closes a list of nodes: `end`, or `else` with what follows it.
    private struct Closer {
        let word: String
        let rest: ArraySlice<TemplateLexer.Token>
    }

    private mutating func list() throws(TemplateError) -> ([Node], Closer?) {
        var nodes: [Node] = []
        while let item = items.popFirst() {
            switch item {
            case .text(let text): nodes.append(.text(text))
            case .action(let tokens, let line):
                self.line = line
                guard let first = tokens.first else { throw error("missing value for command") }
                guard case .word(let word) = first.kind else {
                    nodes.append(try action(tokens[...]))
                    continue
                }
                switch word {
                case "end", "else": return (nodes, Closer(word: word, rest: tokens.dropFirst()))
                case "if", "with", "range": nodes.append(try block(word, tokens.dropFirst()))
                case "define", "template", "block", "break", "continue":
                    throw error("{{\(word)}} is not supported here")
                default: nodes.append(try action(tokens[...]))
                }
            }
        }
        return (nodes, nil)
    }

    private mutating func action(_ tokens: ArraySlice<TemplateLexer.Token>) throws(TemplateError) -> Node {
        .print(try pipeline(tokens, context: "command"))
    }

    private mutating func block(_ word: String, _ tokens: ArraySlice<TemplateLexer.Token>) throws(TemplateError) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw error("blocks are nested too deeply") }
        scopes.append([])
        defer { scopes.removeLast() }
        let pipeline = try pipeline(tokens, context: word)
        let (body, closer) = try list()
        guard let closer else { throw error("unexpected EOF") }
        var otherwise: [Node] = []
        if closer.word == "else" {
            otherwise = try elseBranch(of: word, closer.rest)
        } else if !closer.rest.isEmpty {
            throw error("unexpected \(goQuote(closer.rest.first?.place.text ?? "")) in end")
        }
        switch word {
        case "if": return .if(pipeline, then: body, otherwise: otherwise)
        case "with": return .with(pipeline, then: body, otherwise: otherwise)
        default: return .range(pipeline, body: body, otherwise: otherwise)
        }
    }

    private mutating func elseBranch(
        of word: String, _ rest: ArraySlice<TemplateLexer.Token>
    ) throws(TemplateError) -> [Node] {
        if let first = rest.first {
            // `else if` closes with the same `end` as the `if` before it.
            guard case .word(let next) = first.kind, next == word, next != "range" else {
                throw error("unexpected \(goQuote(first.place.text)) in else")
            }
            return [try block(word, rest.dropFirst())]
        }
        let (nodes, closer) = try list()
        guard let closer else { throw error("unexpected EOF") }
        guard closer.word == "end" else { throw error("expected end; found {{else}}") }
        return nodes
    }

    private mutating func pipeline(
        _ tokens: ArraySlice<TemplateLexer.Token>, context: String
    ) throws(TemplateError) -> Pipeline {
        var tokens = tokens
        let result = try pipeline(&tokens, context: context)
        if let left = tokens.first { throw error("unexpected \(goQuote(left.place.text)) in \(context)") }
        return result
    }

    /// Reads up to the end of the action or a closing parenthesis, which stays.
    private mutating func pipeline(
        _ tokens: inout ArraySlice<TemplateLexer.Token>, context: String
    ) throws(TemplateError) -> Pipeline {
        guard let first = tokens.first else { throw error("missing value for \(context)") }
        var result = Pipeline(place: first.place)
        try declaration(&tokens, context: context, into: &result)
        while true {
            let command = try command(&tokens)
            guard !command.operands.isEmpty else { throw error("missing value for \(context)") }
            if !result.commands.isEmpty, case .literal? = command.operands.first?.kind {
                throw error("non executable command in pipeline stage \(result.commands.count + 1)")
            }
            result.commands.append(command)
            guard tokens.first?.kind == .sign("|") else { break }
            tokens.removeFirst()
        }
        for variable in result.variables where !result.assigns { scopes[scopes.count - 1].insert(variable) }
        return result
    }

    private func declaration(
        _ tokens: inout ArraySlice<TemplateLexer.Token>, context: String, into pipeline: inout Pipeline
    ) throws(TemplateError) {
        var names: [String] = []
        var rest = tokens
        while case .variable(let name)? = rest.first?.kind {
            rest.removeFirst()
            names.append(name)
            guard rest.first?.kind == .sign(",") else { break }
            rest.removeFirst()
        }
        guard !names.isEmpty, let sign = rest.first?.kind, sign == .sign(":=") || sign == .sign("=") else { return }
        guard names.count == 1 || (context == "range" && names.count == 2) else {
            throw error("too many declarations in \(context)")
        }
        pipeline.assigns = sign == .sign("=")
        if pipeline.assigns {
            for name in names { try requireDefined(name) }
        }
        pipeline.variables = names
        tokens = rest.dropFirst()
    }

    private mutating func command(_ tokens: inout ArraySlice<TemplateLexer.Token>) throws(TemplateError) -> Pipeline.Command {
        var operands: [Operand] = []
        while let token = tokens.first, token.kind != .sign("|"), token.kind != .sign(")") {
            if !operands.isEmpty, !token.spaceBefore {
                throw error("unexpected \(goQuote(token.place.text)) in operand")
            }
            operands.append(try operand(&tokens))
        }
        return Pipeline.Command(operands: operands)
    }

    private mutating func operand(_ tokens: inout ArraySlice<TemplateLexer.Token>) throws(TemplateError) -> Operand {
        let token = tokens.removeFirst()
        var operand = Operand(kind: .dot, place: token.place)
        switch token.kind {
        case .dot: break
        case .field(let name): operand.fields = [name]
        case .literal(let value): operand.kind = .literal(value)
        case .variable(let name):
            try requireDefined(name)
            operand.kind = .variable(name)
        case .word("nil"): operand.kind = .literal(.null)
        case .word(let name):
            guard functions.named(name) != nil else { throw error("function \(goQuote(name)) not defined") }
            operand.kind = .function(name)
        case .sign("("):
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.deepest else { throw error("parentheses are nested too deeply") }
            let inner = try pipeline(&tokens, context: "parenthesized pipeline")
            guard tokens.first?.kind == .sign(")") else { throw error("unclosed left paren") }
            tokens.removeFirst()
            operand.kind = .pipeline(inner)
        case .sign(let sign): throw error("unexpected \(goQuote(sign)) in operand")
        }
        // As in Go, a chain of fields stands where its second one does, and that of a variable where its first does.
        var isPlaced = false
        while let next = tokens.first, !next.spaceBefore, case .field(let name) = next.kind {
            if case .literal = operand.kind { throw error("unexpected . after term \(goQuote(operand.place.text))") }
            let text = operand.place.text + next.place.text
            switch token.kind {
            case .field, .variable: if !isPlaced { operand.place = next.place }
            default: break
            }
            isPlaced = true
            operand.fields.append(name)
            operand.place.text = text
            tokens.removeFirst()
        }
        return operand
    }

    private func requireDefined(_ variable: String) throws(TemplateError) {
        guard scopes.contains(where: { $0.contains(variable) }) else {
            throw error("undefined variable \(goQuote(variable))")
        }
    }

    private func error(_ message: String) -> TemplateError {
        TemplateError(parsing: message, line: line)
    }
}
