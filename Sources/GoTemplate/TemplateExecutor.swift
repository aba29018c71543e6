/// Carries out a template on a value.
struct TemplateExecutor {
    private(set) var output = ""
    private var variables: [(name: String, value: Value)]
    private let root: Value
    /// The Go type whose fields the root has; nil where the root is a map, of which any key may be asked.
    private let rootType: String?
    private var steps = 0
    private static let mostSteps = 1_000_000
    private static let longestOutput = 64 << 20

    private let functions: TemplateFunctions
    /// Whether asking an object for what it has not is an error: Go's option `missingkey=error`.
    private let missingKeyIsError: Bool

    init(root: Value, rootType: String?, functions: TemplateFunctions, missingKeyIsError: Bool) {
        self.root = root
        self.rootType = rootType
        self.functions = functions
        self.missingKeyIsError = missingKeyIsError
        variables = [("$", root)]
    }

    mutating func run(_ nodes: [Node], dot: Value) throws(TemplateError) {
        for node in nodes { try run(node, dot: dot) }
    }

    private mutating func run(_ node: Node, dot: Value) throws(TemplateError) {
        switch node {
        case .text(let text): output += text
        case .print(let pipeline):
            let value = try evaluate(pipeline, dot: dot)
            guard pipeline.variables.isEmpty else { return }
            output += value == .null ? "<no value>" : GoFormat.plain(value)
        case .if(let pipeline, let then, let otherwise):
            let mark = variables.count
            let value = try evaluate(pipeline, dot: dot)
            try run(value.isTrue ? then : otherwise, dot: dot)
            variables.removeSubrange(mark...)
        case .with(let pipeline, let then, let otherwise):
            let mark = variables.count
            let value = try evaluate(pipeline, dot: dot)
            try run(value.isTrue ? then : otherwise, dot: value.isTrue ? value : dot)
            variables.removeSubrange(mark...)
        case .range(let pipeline, let body, let otherwise):
            let mark = variables.count
            try range(pipeline, body, otherwise, dot: dot)
            variables.removeSubrange(mark...)
        }
    }

    private mutating func range(
        _ pipeline: Pipeline, _ body: [Node], _ otherwise: [Node], dot: Value
    ) throws(TemplateError) {
        var bare = pipeline
        bare.variables = []
        let value = try evaluate(bare, dot: dot)
        let elements: [(key: Value, value: Value)]
        switch value {
        case .array(let items): elements = items.enumerated().map { (.int($0.offset), $0.element) }
        case .object(let members): elements = members.sortedKeys.map { (.string($0), members[$0] ?? .null) }
        case .null: elements = []
        default:
            throw TemplateError(executing: "range can't iterate over \(GoFormat.plain(value))", at: pipeline.place)
        }
        for element in elements {
            let mark = variables.count
            let values = pipeline.variables.count == 2 ? [element.key, element.value] : [element.value]
            for (name, value) in zip(pipeline.variables, values) {
                set(name, value, assigns: pipeline.assigns)
            }
            try run(body, dot: element.value)
            variables.removeSubrange(mark...)
        }
        if elements.isEmpty { try run(otherwise, dot: dot) }
    }

    private mutating func evaluate(_ pipeline: Pipeline, dot: Value) throws(TemplateError) -> Value {
        var value: Value?
        for command in pipeline.commands { value = try evaluate(command, dot: dot, last: value) }
        let result = value ?? .null
        for name in pipeline.variables { set(name, result, assigns: pipeline.assigns) }
        return result
    }

    private mutating func evaluate(_ command: Pipeline.Command, dot: Value, last: Value?) throws(TemplateError) -> Value {
        guard let head = command.operands.first else { return .null }
        steps += 1
        guard steps <= Self.mostSteps, output.utf8.count <= Self.longestOutput else {
            throw TemplateError(executing: "the template takes too many steps", at: head.place)
        }
        guard case .function(let name) = head.kind else {
            if command.operands.count > 1 || last != nil {
                throw TemplateError(executing: "can't give argument to non-function \(head.place.text)", at: head.place)
            }
            return try evaluate(head, dot: dot)
        }
        return try fields(
            of: try call(name, command.operands.dropFirst(), dot: dot, last: last, place: head.place), head)
    }

    private mutating func call(
        _ name: String, _ operands: ArraySlice<Operand>, dot: Value, last: Value?, place: SourcePlace
    ) throws(TemplateError) -> Value {
        guard let function = functions.named(name) else {
            throw TemplateError(executing: "\(goQuote(name)) is not a defined function", at: place)
        }
        let count = operands.count + (last == nil ? 0 : 1)
        guard function.arity.contains(count) else {
            let want =
                function.arity.upperBound == Int.max ? "at least \(function.arity.lowerBound)" : "\(function.arity.lowerBound)"
            throw TemplateError(executing: "wrong number of args for \(name): want \(want) got \(count)", at: place)
        }
        var arguments: [Value] = []
        for operand in operands {
            let value = try evaluate(operand, dot: dot)
            arguments.append(value)
            // The rest must not even be looked at: `and .A .A.B`.
            if name == "and" && !value.isTrue || name == "or" && value.isTrue { return value }
        }
        if let last { arguments.append(last) }
        do {
            return try function.call(arguments)
        } catch {
            throw TemplateError(executing: "error calling \(name): \(error.message)", at: place)
        }
    }

    private mutating func evaluate(_ operand: Operand, dot: Value) throws(TemplateError) -> Value {
        let value: Value
        switch operand.kind {
        case .dot: value = dot
        case .literal(let literal): value = literal
        case .variable(let name): value = variables.last { $0.name == name }?.value ?? .null
        case .pipeline(let pipeline):
            let mark = variables.count
            value = try evaluate(pipeline, dot: dot)
            variables.removeSubrange(mark...)
        case .function(let name): value = try call(name, [], dot: dot, last: nil, place: operand.place)
        }
        return try fields(of: value, operand)
    }

    private func fields(of value: Value, _ operand: Operand) throws(TemplateError) -> Value {
        var value = value
        for (position, field) in operand.fields.enumerated() {
            switch value {
            case .object(let members):
                if let member = members[field] {
                    value = member
                } else if let type = members.type {
                    throw TemplateError(executing: "can't evaluate field \(field) in type \(type)", at: operand.place)
                } else if let rootType, position == 0, value == root {
                    throw TemplateError(executing: "can't evaluate field \(field) in type \(rootType)", at: operand.place)
                } else if missingKeyIsError {
                    throw TemplateError(executing: "map has no entry for key \(goQuote(field))", at: operand.place)
                } else {
                    value = .null
                }
            case .null:
                throw TemplateError(executing: "nil pointer evaluating interface {}.\(field)", at: operand.place)
            default:
                throw TemplateError(executing: "can't evaluate field \(field) in type interface {}", at: operand.place)
            }
        }
        return value
    }

    private mutating func set(_ name: String, _ value: Value, assigns: Bool) {
        if assigns, let index = variables.lastIndex(where: { $0.name == name }) {
            variables[index].value = value
        } else {
            variables.append((name, value))
        }
    }
}
