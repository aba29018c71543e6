import SwarmModel

/// Gives out the addresses of a subnet, each to one owner at a time.
///
/// Addresses that nobody has had yet come first, in order; then those that were given back, the one that was given back first before
/// the others. So an address that has changed hands was out of use for as long as there was another: what still sends to its former
/// owner, or remembers it by name, does not reach a stranger.
///
/// All of it takes constant time on average, whatever the subnet's size, and memory only for what is or was in use.
public struct AddressPool: Sendable {
    public let block: IPv4Block
    /// What addresses are given out from.
    private let range: ClosedRange<UInt32>
    private var used: Set<UInt32> = []
    /// Those of `used` that are in `range`.
    private var usedInRange = 0
    /// Where to look for one that nobody has had, and how many of the range are still to be looked at.
    private var next: UInt32
    private var unseen: Int
    /// Given back and not taken again since: the number of the return.
    private var returned: [UInt32: UInt64] = [:]
    private var queue: [(address: UInt32, number: UInt64)] = []
    private var queueStart = 0
    private var returns: UInt64 = 0

    /// - Parameters:
    ///   - block: the subnet.
    ///   - range: the part of the subnet that addresses are given out from; nil for all of it.
    public init(_ block: IPv4Block, range: IPv4Block? = nil) {
        self.block = block
        let hosts = block.hosts
        // What lies outside of the subnet is not given out, whatever is asked for.
        let part = range.flatMap { block.contains($0) ? $0 : nil } ?? block
        self.range = max(part.base, hosts.lowerBound)...max(min(part.last, hosts.upperBound), max(part.base, hosts.lowerBound))
        next = self.range.lowerBound
        unseen = self.range.count
    }

    /// How many addresses are left to be given out.
    public var available: Int { range.count - usedInRange }

    public func isUsed(_ address: IPv4Address) -> Bool { used.contains(address.number) }

    /// Gives out an address.
    ///
    /// - Returns: nil where none is left.
    public mutating func allocate() -> IPv4Address? {
        guard available > 0 else { return nil }
        while unseen > 0 {
            let candidate = next
            next = candidate == range.upperBound ? range.lowerBound : candidate + 1
            unseen -= 1
            if !used.contains(candidate), returned[candidate] == nil { return take(candidate) }
        }
        while queueStart < queue.count {
            let (candidate, number) = queue[queueStart]
            queueStart += 1
            // Half of it empty: the rest moves up, which each element pays for once.
            if queueStart > 64, queueStart * 2 > queue.count {
                queue.removeFirst(queueStart)
                queueStart = 0
            }
            // Somebody may have asked for it by name meanwhile.
            if returned[candidate] == number { return take(candidate) }
        }
        return nil
    }

    /// Takes an address that somebody has or asks for. Those of the subnet that are outside of the range can be had so, too.
    ///
    /// - Returns: false where it belongs to somebody, or not to the subnet.
    @discardableResult
    public mutating func reserve(_ address: IPv4Address) -> Bool {
        guard block.contains(address), !used.contains(address.number) else { return false }
        _ = take(address.number)
        return true
    }

    /// Goes on behind this address, as if it were the one that was given out last. Who takes over from another pool does not begin with
    /// the addresses that were given back last.
    public mutating func proceed(after address: IPv4Address) {
        guard range.contains(address.number) else { return }
        next = address.number == range.upperBound ? range.lowerBound : address.number + 1
        unseen = range.count
    }

    private mutating func take(_ number: UInt32) -> IPv4Address {
        used.insert(number)
        returned[number] = nil
        if range.contains(number) { usedInRange += 1 }
        return IPv4Address(number)
    }

    /// Takes an address back. Nothing happens where nobody has it.
    public mutating func release(_ address: IPv4Address) {
        guard used.remove(address.number) != nil, range.contains(address.number) else { return }
        usedInRange -= 1
        returns += 1
        returned[address.number] = returns
        queue.append((address.number, returns))
    }
}
