import SeededRandom
import SwarmModel
import Testing

@testable import SwarmManager

/// Which nodes are taken for gone, and when.
@Suite struct NodeMonitorTests {
    private let start = ContinuousClock.now
    private let patience = Patience.usual

    private func seconds(_ value: Double) -> ContinuousClock.Instant { start + .seconds(value) }

    @Test func aNodeThatIsSilentIsGoneInFiveSeconds() {
        let monitor = Watched(known: [], start: start)
        monitor.opened("a", session: 1, now: start)
        monitor.opened("b", session: 2, now: start)
        var found: [String: Double] = [:]
        for second in 0..<10 {
            if second < 3 { #expect(!monitor.heard("a", session: 1, now: seconds(Double(second)))) }
            #expect(!monitor.heard("b", session: 2, now: seconds(Double(second))))
            found.merge(monitor.gone(from: Double(second), to: Double(second + 1))) { first, _ in first }
        }
        #expect(found == ["a": 6.5])
    }

    @Test func aNodeWhoseConnectionEndsHasAMomentToComeBack() {
        let monitor = Watched(known: [], start: start)
        monitor.opened("a", session: 1, now: start)
        monitor.opened("b", session: 2, now: start)
        monitor.closed("a", session: 1, now: start)
        monitor.closed("b", session: 2, now: start)
        #expect(monitor.gone(from: 0, to: 3).isEmpty)
        monitor.opened("a", session: 3, now: seconds(3))
        #expect(monitor.gone(from: 3, to: 4) == ["b": 3.5])
        #expect(monitor.isConnected("a") && !monitor.isConnected("b"))
    }

    @Test func theEndOfAnOldSessionSaysNothing() {
        let monitor = Watched(known: [], start: start)
        monitor.opened("a", session: 1, now: start)
        monitor.opened("a", session: 2, now: start)
        monitor.closed("a", session: 1, now: start)
        #expect(monitor.isConnected("a"))
        #expect(!monitor.heard("a", session: 1, now: seconds(1)))
        #expect(monitor.gone(from: 0, to: 5) == ["a": 4.5])
    }

    @Test func aNodeThatWasGoneIsBackWhenItIsHeard() {
        let monitor = Watched(known: ["a"], start: start)
        #expect(monitor.gone(from: 0, to: 6) == ["a": 5])
        monitor.opened("a", session: 1, now: seconds(6))
        #expect(monitor.gone(from: 6, to: 11) == ["a": 10.5])
        #expect(monitor.heard("a", session: 1, now: seconds(11)))
        #expect(!monitor.heard("a", session: 1, now: seconds(11)))
    }

    @Test func nobodyIsBlamedForTimeInWhichTheManagerDidNotRun() {
        let monitor = Watched(known: [], start: start)
        monitor.opened("a", session: 1, now: start)
        #expect(monitor.gone(from: 0, to: 2).isEmpty)
        // A suspended machine, or a host without a processor to spare.
        #expect(monitor.check(now: seconds(62)).isEmpty)
        #expect(!monitor.heard("a", session: 1, now: seconds(62.1)))
        #expect(monitor.gone(from: 62, to: 65).isEmpty)
    }

    @Test func aRemovedNodeIsNotMissed() {
        let monitor = Watched(known: ["a"], start: start)
        monitor.forget("a")
        #expect(monitor.gone(from: 0, to: 10).isEmpty)
        monitor.expect("a", now: seconds(10))
        #expect(monitor.gone(from: 10, to: 16) == ["a": 15])
    }

    /// Thousands of histories of ten nodes that speak, fall silent, lose connections and come back, with a manager that stops now
    /// and then. Whoever speaks every second is never taken for gone; whoever is silent for six seconds of the manager's time is.
    @Test func overManyHistoriesTheLivingAreSeenAndTheDeadAreFound() {
        for seed in 0..<2000 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var monitor = NodeMonitor(known: [], patience: patience, now: start)
            var nodes = (0..<10).map { Simulated(id: "n\($0)") }
            var now = start
            var session: UInt64 = 0
            for _ in 0..<200 {
                now += NodeMonitor.checkInterval
                let stall = Int.random(in: 0..<100, using: &random) == 0
                if stall { now += .seconds(Int.random(in: 1...60, using: &random)) }
                for index in nodes.indices {
                    nodes[index].step(&monitor, &session, &random, now: now, stalled: stall)
                }
                let gone = monitor.check(now: now)
                for index in nodes.indices {
                    let node = nodes[index]
                    if gone.contains(node.id) {
                        #expect(!node.isAlive, "seed \(seed): \(node.id) is alive and was taken for gone")
                        nodes[index].isFound = true
                    }
                    #expect(
                        node.isAlive || nodes[index].isFound || node.silence <= 6,
                        "seed \(seed): \(node.id) has been silent for \(node.silence) s")
                }
            }
        }
    }
}

/// A monitor that is looked after as it is meant to be.
private final class Watched {
    private var monitor: NodeMonitor
    private let start: ContinuousClock.Instant

    init(known: [String], start: ContinuousClock.Instant) {
        monitor = NodeMonitor(known: known, patience: .usual, now: start)
        self.start = start
    }

    func opened(_ id: String, session: UInt64, now: ContinuousClock.Instant) { monitor.opened(id, session: session, now: now) }
    func closed(_ id: String, session: UInt64, now: ContinuousClock.Instant) { monitor.closed(id, session: session, now: now) }
    func heard(_ id: String, session: UInt64, now: ContinuousClock.Instant) -> Bool {
        monitor.heard(id, session: session, now: now)
    }
    func expect(_ id: String, now: ContinuousClock.Instant) { monitor.expect(id, now: now) }
    func forget(_ id: String) { monitor.forget(id) }
    func isConnected(_ id: String) -> Bool { monitor.isConnected(id) }
    func check(now: ContinuousClock.Instant) -> [String] { monitor.check(now: now) }

    /// Checks four times a second, from one second to another.
    ///
    /// - Returns: who was found gone, and at which second.
    func gone(from: Double, to: Double) -> [String: Double] {
        var found: [String: Double] = [:]
        for step in Int(from * 4)..<Int(to * 4) {
            let time = Double(step + 1) / 4
            for id in monitor.check(now: start + .seconds(time)) { found[id] = time }
        }
        return found
    }
}

/// A node of the simulation. What is silent does not speak; what lives speaks at least once a second and has a connection.
private struct Simulated {
    var id: String
    var session: UInt64?
    var isAlive = true
    var isFound = false
    /// Seconds of the manager's time since it was heard.
    var silence = 0.0

    mutating func step(
        _ monitor: inout NodeMonitor, _ next: inout UInt64, _ random: inout SeededRandom, now: ContinuousClock.Instant,
        stalled: Bool
    ) {
        if Int.random(in: 0..<40, using: &random) == 0 {
            isAlive.toggle()
            if !isAlive, Bool.random(using: &random), let session {
                monitor.closed(id, session: session, now: now)
                self.session = nil
            }
        }
        guard isAlive else {
            if silence > 0 || session != nil || isFound { silence += 0.25 }
            return
        }
        (silence, isFound) = (0, false)
        if session == nil || Int.random(in: 0..<30, using: &random) == 0 {
            next += 1
            session = next
            monitor.opened(id, session: next, now: now)
        } else if let session {
            _ = monitor.heard(id, session: session, now: now)
        }
    }
}
