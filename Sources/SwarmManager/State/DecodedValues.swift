import SwarmStore
import Synchronization

/// Values of the store as they were decoded last, so that who asks again and again for the same does not have them decoded each
/// time: with some dozens of tasks, decoding is most of what an answer costs. Whether they are the newest is the store's to say, by
/// their revisions.
final class DecodedValues: Sendable {
    private struct Value {
        var createRevision: UInt64
        var modRevision: UInt64
        var value: any Sendable
    }

    /// How many are kept at most, a few KiB each.
    private let limit: Int
    private let values = Mutex<[String: Value]>([:])

    init(limit: Int = 512) { self.limit = limit }

    /// Decodes entries, in their order.
    func decode<Kind: Decodable & Sendable>(_ entries: some Collection<StoreEntry>) throws -> [Kind] {
        // More than can be kept would only drive each other out.
        guard entries.count <= limit else { return try entries.map(ClusterStore.decode) }
        let known = values.withLock { $0 }
        var news: [String: Value] = [:]
        let decoded = try entries.map { entry in
            if let known = known[entry.key], known.modRevision == entry.modRevision,
                known.createRevision == entry.createRevision, let value = known.value as? Kind
            {
                return value
            }
            let value: Kind = try ClusterStore.decode(entry)
            news[entry.key] = Value(createRevision: entry.createRevision, modRevision: entry.modRevision, value: value)
            return value
        }
        guard !news.isEmpty else { return decoded }
        values.withLock { [news] values in
            if values.count + news.count > limit { values = [:] }
            values.merge(news) { _, new in new }
        }
        return decoded
    }
}
