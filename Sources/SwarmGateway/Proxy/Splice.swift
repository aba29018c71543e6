/// Joins two connections until both directions are done.
///
/// Each direction ends on its own: `docker run -i` closes its side after standard input and still reads what the container writes.
enum Splice {
    private enum Step { case sent, received, engineClosed, clientClosed, failed }

    static func run(client: Connection, engine: Connection) async {
        await withTaskGroup(of: Step.self) { group in
            group.addTask { await copy(from: client, to: engine) ? .sent : .failed }
            group.addTask { await copy(from: engine, to: client) ? .received : .failed }
            group.addTask {
                await client.closed()
                return .clientClosed
            }
            var (sent, received, clientClosed) = (false, false, false)
            for await step in group {
                switch step {
                case .sent: sent = true
                case .received:
                    received = true
                    // An engine that has closed altogether reads nothing more, so a client that never closes holds nothing open.
                    group.addTask {
                        await engine.closed()
                        return .engineClosed
                    }
                case .clientClosed: clientClosed = true
                case .engineClosed, .failed: group.cancelAll()
                }
                // What a client wrote before it went away still reaches the engine.
                if sent, received || clientClosed { group.cancelAll() }
            }
        }
    }

    /// - Returns: false if the connection broke.
    private static func copy(from source: Connection, to target: Connection) async -> Bool {
        do {
            while let bytes = try await source.read() { try await target.write(bytes) }
            await target.closeWrite()
            return true
        } catch {
            return false
        }
    }
}
