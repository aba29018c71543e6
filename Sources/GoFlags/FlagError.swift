import GoTemplate

/// Why a command line could not be understood. The texts are those of Go's `flag` package.
public enum FlagError: Error, Equatable, CustomStringConvertible {
    /// `-foo` where no flag `foo` exists.
    case notDefined(String)
    /// `-foo` as the last word, where `foo` takes a value.
    case needsArgument(String)
    /// A value that is not of the flag's type.
    case invalidValue(String, flag: String, reason: String)
    /// `-b=maybe` for a switch.
    case invalidBoolean(String, flag: String)
    /// `---foo`, `-=x`.
    case badSyntax(String)
    /// An environment variable whose value is not a boolean.
    case invalidBooleanVariable(String, value: String)
    /// An environment variable whose value is not a whole number.
    case invalidIntegerVariable(String, value: String, reason: String)

    public var description: String {
        switch self {
        case .notDefined(let name):
            "flag provided but not defined: -\(name)"
        case .needsArgument(let name):
            "flag needs an argument: -\(name)"
        case .invalidValue(let value, let flag, let reason):
            "invalid value \(goQuote(value)) for flag -\(flag): \(reason)"
        case .invalidBoolean(let value, let flag):
            "invalid boolean value \(goQuote(value)) for -\(flag): parse error"
        case .badSyntax(let word):
            "bad flag syntax: \(word)"
        case .invalidBooleanVariable(let variable, let value):
            "Error parsing boolean value from \(variable): strconv.ParseBool: parsing \(goQuote(value)): invalid syntax"
        case .invalidIntegerVariable(let variable, let value, let reason):
            "Error parsing integer value from \(variable): strconv.ParseInt: parsing \(goQuote(value)): \(reason)"
        }
    }
}
