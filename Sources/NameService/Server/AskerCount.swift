import SwarmModel
import Synchronization

/// How many of something there are, in all and for each asker.
final class AskerCount: Sendable {
    private let limit: Int
    private let limitPerAsker: Int
    private let counts = Mutex<(all: Int, by: [IPv4Address: Int])>((0, [:]))

    init(limit: Int, perAsker: Int) {
        self.limit = limit
        limitPerAsker = perAsker
    }

    /// Whether there may be one more; it is counted then.
    func take(_ asker: IPv4Address) -> Bool {
        counts.withLock { counts in
            guard counts.all < limit, counts.by[asker, default: 0] < limitPerAsker else { return false }
            counts.all += 1
            counts.by[asker, default: 0] += 1
            return true
        }
    }

    func giveBack(_ asker: IPv4Address) {
        counts.withLock { counts in
            counts.all -= 1
            let left = counts.by[asker, default: 1] - 1
            counts.by[asker] = left > 0 ? left : nil
        }
    }
}
