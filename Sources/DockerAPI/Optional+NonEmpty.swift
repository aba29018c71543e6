extension Optional where Wrapped: Collection {
    /// Nil instead of what is empty: clients write both for what is not said.
    package var nonEmpty: Wrapped? { flatMap { $0.isEmpty ? nil : $0 } }
}
