import DockerAPI
import NIOCore

/// One request to the engine and its answer, byte for byte in both directions.
struct Exchange {
    let client: Connection
    let engine: Connection
    let request: RequestHead
    /// What is put in place of the head of the final answer.
    var rewrite: (@Sendable (ByteBuffer) -> ByteBuffer)?

    /// How an exchange ended.
    enum Outcome: Sendable, Equatable {
        /// Both sides go on with their connections.
        case next
        /// The last bytes were sent.
        case close
        /// The connections carry something else than HTTP now.
        case switched
        /// The engine closed before the first byte of an answer.
        case unanswered
        /// The client's message cannot be read; nothing was answered.
        case malformed(HTTPError)
        /// Cut off in the middle.
        case broken
    }

    private enum Step: Sendable {
        case uploaded
        case uploadFailed
        case clientEnded
        case engineClosed
        case malformed(HTTPError)
        case answered(Outcome, continued: Bool, begun: Bool)
    }

    /// Sends the head, then body and answer at the same time, since an engine may answer before it has read everything.
    func run(head: ByteBuffer) async throws -> Outcome {
        do { try await engine.write(head) } catch is CancellationError { throw CancellationError() } catch {
            // The answer may be there all the same.
        }
        return await withTaskGroup(of: Step.self) { group in
            group.addTask { await upload() }
            group.addTask { await answer() }
            var uploaded = false
            var outcome: Outcome?
            for await step in group {
                switch step {
                case .uploaded:
                    uploaded = true
                    if outcome == nil {
                        group.addTask {
                            await client.inputEnded()
                            return .clientEnded
                        }
                    }
                case .uploadFailed: if outcome != nil { outcome = .close }
                case .clientEnded:
                    // Go cancels what it is doing for a client that has closed its side; so does the engine when it sees the same.
                    if outcome == nil { await engine.closeWrite() } else if !uploaded { outcome = .close }
                case .engineClosed: if !uploaded { outcome = .close }
                case .malformed(let error):
                    outcome = .malformed(error)
                    group.cancelAll()
                case .answered(let result, let continued, let begun):
                    if outcome == nil { outcome = result } else if begun { outcome = .broken }
                    if uploaded || result == .broken || result == .unanswered { break }
                    // A client that was not told to go on keeps its body to itself.
                    if request.expectsContinue, !continued {
                        outcome = .close
                        break
                    }
                    group.addTask {
                        await engine.closed()
                        return .engineClosed
                    }
                    continue
                }
                if outcome != nil { group.cancelAll() }
            }
            return outcome ?? .broken
        }
    }

    private func upload() async -> Step {
        var framing = request.body
        do {
            while let part = try await client.readBody(&framing) { try await engine.write(part) }
            return .uploaded
        } catch let error as HTTPError {
            return .malformed(error)
        } catch is ConnectionEnded {
            return .clientEnded
        } catch {
            return .uploadFailed
        }
    }

    private func answer() async -> Step {
        var continued = false
        var begun = false
        do {
            while true {
                guard let bytes = try await engine.readHead() else {
                    return .answered(begun ? .broken : .unanswered, continued: continued, begun: begun)
                }
                let head = try ResponseHead(bytes.readableBytesView, answering: request.method)
                begun = true
                try await client.write(head.isInterim ? bytes : rewrite?(bytes) ?? bytes)
                if head.isInterim {
                    if head.status == 100 { continued = true }
                    continue
                }
                if head.endsHTTP { return .answered(.switched, continued: continued, begun: begun) }
                var framing = head.body
                while let part = try await engine.readBody(&framing) { try await client.write(part) }
                return .answered(
                    head.keepsAlive && request.keepsAlive ? .next : .close, continued: continued, begun: begun)
            }
        } catch {
            return .answered(.broken, continued: continued, begun: begun)
        }
    }
}
