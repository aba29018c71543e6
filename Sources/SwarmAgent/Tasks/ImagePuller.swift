/// Gets images. Tasks that want the same at the same time wait for one pull.
actor ImagePuller {
    private struct Key: Hashable {
        var image: ImageReference
        var auth: String?
    }

    private struct Flight {
        var task: Task<Void, any Error>
        var waiting: Int
    }

    private let engine: EngineClient
    private var flights: [Key: Flight] = [:]

    init(_ engine: EngineClient) { self.engine = engine }

    /// Pulls an image, unless its name says which one exactly and that is here. When nobody waits any more, the pull ends.
    func pull(_ text: String, auth: String?) async throws {
        let image = ImageReference(text)
        if image.isID { return }
        if image.isExact, try await engine.hasImage(text) { return }
        let key = Key(image: image, auth: auth)
        let task = flights[key]?.task ?? Task { [engine] in try await engine.pull(image, auth: auth) }
        flights[key, default: Flight(task: task, waiting: 0)].waiting += 1
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            Task { await self.cancel(key, task) }
        }
        if flights[key]?.task == task { flights[key] = nil }
        try result.get()
    }

    private func cancel(_ key: Key, _ task: Task<Void, any Error>) {
        guard flights[key]?.task == task else { return }
        flights[key]?.waiting -= 1
        guard let flight = flights[key], flight.waiting == 0 else { return }
        flights[key] = nil
        flight.task.cancel()
    }
}
