/// What `nft` says of a script that it refuses; nothing of it was done.
public struct NFTablesError: Error, Equatable {
    public var message: String

    public init(message: String) { self.message = message }
}
