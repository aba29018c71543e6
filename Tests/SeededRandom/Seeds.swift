import Foundation

/// The seeds that a simulation is run with, and how many of them it gets through in a minute.
public struct Seeds {
    private let all: ClosedRange<UInt64>
    private let name: String

    /// - Parameters:
    ///   - usual: how many, where the environment does not say otherwise: `SWARMLAB_SEEDS` how many, `SWARMLAB_SEED` the only one.
    ///   - name: of the simulation.
    public init(_ usual: UInt64, of name: String) {
        let environment = ProcessInfo.processInfo.environment
        if let one = environment["SWARMLAB_SEED"].flatMap(UInt64.init) {
            all = one...one
        } else {
            all = 1...max(1, environment["SWARMLAB_SEEDS"].flatMap(UInt64.init) ?? usual)
        }
        self.name = name
    }

    public var count: Int { all.count }

    /// How to see once more what a seed has done.
    public static func again(_ seed: UInt64) -> String { "seed \(seed); again with: make simulate SEED=\(seed)" }

    /// Runs them one after the other, and says how fast.
    public func run(_ body: (UInt64) -> Void) {
        let clock = ContinuousClock()
        let time = clock.measure { for seed in all { body(seed) } }
        let rate = Double(all.count) / max(time / .seconds(60), 1e-9)
        print("\(name): \(all.count) seeds, \(Int(rate)) a minute")
    }
}
