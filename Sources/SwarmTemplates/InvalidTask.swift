/// A task that cannot be carried out, whatever is done: it is rejected.
public struct InvalidTask: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
