import DockerAPI

/// The swarm's events, for any number of clients, and the last of them for those that ask what was.
actor SwarmEventHub {
    /// As many as the engine keeps of its own.
    static let kept = 256

    private let backend: any SwarmBackend
    private var past: [SwarmEvent] = []
    private var listeners: [Int: AsyncStream<SwarmEvent>.Continuation] = [:]
    private var nextListener = 0

    init(_ backend: any SwarmBackend) { self.backend = backend }

    /// Listens to the backend until cancelled.
    ///
    /// - Parameter pause: how long to wait before asking again where the node has no events, which it has once it is a manager.
    func run(pause: Duration = .seconds(2)) async {
        while !Task.isCancelled {
            for await event in await backend.events() {
                past.append(event)
                if past.count > Self.kept { past.removeFirst() }
                for listener in listeners.values { listener.yield(event) }
            }
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }

    /// Events from now on, after those that are kept from a time on. A client that reads too slowly loses the oldest.
    func subscribe(since: Timestamp?) -> AsyncStream<SwarmEvent> {
        let (stream, continuation) = AsyncStream<SwarmEvent>.makeStream(bufferingPolicy: .bufferingNewest(4 * Self.kept))
        if let since {
            for event in past where since <= event.time { continuation.yield(event) }
        }
        let number = nextListener
        nextListener += 1
        listeners[number] = continuation
        continuation.onTermination = { [weak self] _ in
            Task { await self?.remove(number) }
        }
        return stream
    }

    private func remove(_ number: Int) { listeners[number] = nil }
}
