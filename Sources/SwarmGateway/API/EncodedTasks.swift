import DockerAPI
import NIOCore
import Synchronization

/// The JSON of tasks as it was made last, so that who asks again and again has only that made which has changed: with some dozens of
/// tasks, encoding was most of what an answer cost.
final class EncodedTasks: Sendable {
    private struct Encoded {
        var task: SwarmTask
        var json: ByteBuffer
    }

    /// How many are kept at most, a few KiB each.
    private let limit: Int
    private let known = Mutex<[String: Encoded]>([:])

    init(limit: Int = 256) { self.limit = limit }

    /// Tasks as the body of an answer: a JSON array and a line end.
    func body(of tasks: [SwarmTask]) throws -> ByteBuffer {
        // More than can be kept would only drive each other out.
        guard tasks.count <= limit else { return try Answer.json(tasks).body }
        let known = known.withLock { $0 }
        var news: [String: Encoded] = [:]
        var body = ByteBuffer(string: "[")
        for (index, task) in tasks.enumerated() {
            if index > 0 { body.writeString(",") }
            if let same = known[task.id], same.task == task {
                body.writeImmutableBuffer(same.json)
            } else {
                let json = try Answer.encoded(task)
                body.writeImmutableBuffer(json)
                news[task.id] = Encoded(task: task, json: json)
            }
        }
        body.writeString("]\n")
        if !news.isEmpty { keep(news) }
        return body
    }

    private func keep(_ news: [String: Encoded]) {
        known.withLock { [news] known in
            if known.count + news.count > limit { known = [:] }
            known.merge(news) { _, new in new }
        }
    }
}
