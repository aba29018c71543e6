import NIOCore

/// What a name server gives to those who ask.
public struct NameServerLimits: Sendable {
    /// Questions on their way to other servers at one time.
    public var forwarded = 256
    /// Those of them that one asker may have.
    public var forwardedPerAsker = 64
    /// How long one server is waited for before the next one is asked too.
    public var tryTime = TimeAmount.milliseconds(1200)
    /// How long servers are waited for in all. What asks us, such as an engine for its containers, waits 4 s.
    public var forwardTime = TimeAmount.milliseconds(3500)
    /// How many servers a question is sent to at most. If there is only one, it is asked twice.
    public var tries = 3
    /// TCP connections at one time.
    public var connections = 128
    /// Those of them that one asker may have.
    public var connectionsPerAsker = 16
    /// Questions of one connection that wait for their answers.
    public var questionsPerConnection = 32
    /// How long a connection may be silent.
    public var idleTime = TimeAmount.seconds(10)
    /// How long after a socket could not be opened that is tried again.
    public var retryTime = Duration.seconds(1)

    public init() {}
}
