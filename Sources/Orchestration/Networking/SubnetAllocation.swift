import SwarmModel

/// Finds subnets for networks that do not ask for one.
public enum SubnetAllocation {
    /// The lowest subnet of the first pool that has one left.
    ///
    /// - Parameters:
    ///   - pools: where subnets come from, in order of preference.
    ///   - length: bits of the subnet's prefix; a pool that is smaller than that gives none.
    ///   - taken: what the subnet must not overlap with.
    /// - Returns: nil where none is left.
    public static func next(from pools: [IPv4Block], length: Int, avoiding taken: [IPv4Block]) -> IPv4Block? {
        let taken = taken.sorted { $0.last < $1.last }
        for pool in pools where pool.length <= length {
            var candidate = IPv4Block(containing: IPv4Address(pool.base), length: length)
            // Each of those in the way is passed once: behind it, no one that ends before it is in the way again.
            var rest = taken[...]
            while pool.contains(candidate) {
                rest = rest.drop { $0.last < candidate.base }
                guard let obstacle = rest.first(where: candidate.overlaps) else { return candidate }
                // Blocks are either in one another or apart, so that a subnet begins here.
                let (next, isOver) = max(obstacle.last, candidate.last).addingReportingOverflow(1)
                guard !isOver else { break }
                candidate = IPv4Block(containing: IPv4Address(next), length: length)
            }
        }
        return nil
    }
}
