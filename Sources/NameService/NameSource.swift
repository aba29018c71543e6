import NIOCore
import SwarmModel

/// Who knows names, and who may know them.
public protocol NameSource: Sendable {
    /// What somebody is told. It is called for each question, so it must not take long.
    ///
    /// - Parameter asker: the address that the question came from.
    func answer(_ question: Question, from asker: IPv4Address) -> NameAnswer
}

/// What is to be told to somebody who asks.
public enum NameAnswer: Sendable, Equatable {
    /// The name is there, and this is what it has of what was asked for; empty where it has nothing of that type.
    case records([Record])
    /// There is no such name, and nobody else is to be asked for it.
    case noSuchName
    /// These are to be asked, in this order. With none, the asker is told that there is nobody to ask.
    case forward([SocketAddress])
    /// The asker is nobody who is told anything.
    case refused
}

/// Refuses everybody, until there is something to tell.
public struct NoNames: NameSource {
    public init() {}

    public func answer(_ question: Question, from asker: IPv4Address) -> NameAnswer { .refused }
}
