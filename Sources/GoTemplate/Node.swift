/// A parsed template.
indirect enum Node: Sendable, Equatable {
    case text(String)
    case print(Pipeline)
    case `if`(Pipeline, then: [Node], otherwise: [Node])
    case with(Pipeline, then: [Node], otherwise: [Node])
    case range(Pipeline, body: [Node], otherwise: [Node])
}

/// Commands chained with `|`, whose value may be given to variables.
struct Pipeline: Sendable, Equatable {
    /// The variables before `:=` or `=`; two of them only in `range`.
    var variables: [String] = []
    /// `=`: the variables exist already.
    var assigns = false
    var commands: [Command] = []
    var place: SourcePlace

    /// An operand and its arguments.
    struct Command: Sendable, Equatable {
        var operands: [Operand]
    }
}

/// A part of a command, with the fields asked of it.
struct Operand: Sendable, Equatable {
    indirect enum Kind: Sendable, Equatable {
        case dot
        case literal(Value)
        case variable(String)
        case function(String)
        case pipeline(Pipeline)
    }

    var kind: Kind
    var fields: [String] = []
    var place: SourcePlace
}
