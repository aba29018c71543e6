/// How long the members of a swarm wait for each other, which decides how soon one counts as missing.
///
/// What one waits for another has to say or do in that time, so all of it stands together.
public struct Patience: Sendable {
    /// How often the store's leader says that it is there.
    public var heartbeat: Duration
    /// For how long the store's other members hear nothing from it before they stand for election; up to twice as much by chance. A
    /// leader that does not hear of a majority for as long steps down.
    public var election: Duration
    /// How long a request to the store may take, an election or two among them.
    public var request: Duration
    /// How long a session between a node and its manager may be silent, on both sides. Both say something every second, whatever
    /// their processors, as the other end may have another one.
    public var silence: Duration
    /// How long connecting to a manager may take.
    public var connecting: Duration
    /// How long a node whose session has ended may take to come back.
    public var absence: Duration
    /// How long nodes may take to find a new leader.
    public var handover: Duration
    /// For how long nothing new is sent to a task before it is stopped: until all nodes have heard of it.
    public var draining: Duration
    /// How long a request waits while the store has no leader.
    public var leaderless: Duration { election * 5 }

    /// That of hosts with processors of their own, be they virtual. Docker's own requests to its store may take as long.
    public static let usual = Patience(
        heartbeat: .milliseconds(100), election: .seconds(1), request: .seconds(20), silence: .milliseconds(4500),
        connecting: .seconds(3), absence: .milliseconds(3500), handover: .seconds(5), draining: .seconds(1))

    /// That of emulated hosts, which do not run for seconds where they are busy.
    public static let emulated = Patience(
        heartbeat: .milliseconds(500), election: .seconds(5), request: .seconds(60), silence: .seconds(15),
        connecting: .seconds(10), absence: .seconds(10), handover: .seconds(20), draining: .seconds(5))

    /// That of the processor that this process runs on.
    public static let ofThisHost = HostProcessor.isEmulated ? emulated : usual
}
