/// The engine gave no answer, or not all of it: what was asked may have happened or not. It is tried again.
struct EngineUnreachable: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
