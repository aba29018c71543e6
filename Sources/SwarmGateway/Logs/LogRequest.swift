import DockerAPI
import SwarmModel

/// What `GET /services/{id}/logs` and `GET /tasks/{id}/logs` ask for.
struct LogRequest: Equatable {
    var output: Bool
    var errors: Bool
    var follows: Bool
    var since: Timestamp?
    var tail: Int?
    /// Before each line: where it is from, and when it was written.
    var showsDetails: Bool
    var showsTime: Bool

    /// - Throws: status 400.
    init(_ target: RequestTarget) throws(APIError) {
        output = target.flag("stdout")
        errors = target.flag("stderr")
        guard output || errors else { throw APIError(400, "must specify at least one of 'stdout' or 'stderr'") }
        do throws(APIError) {
            since = try target.time("since")
        } catch {
            throw APIError(400, "invalid value for \"since\": \(error.message)")
        }
        // Clients say 0 for all time.
        if since?.nanoseconds == 0 { since = nil }
        follows = target.flag("follow")
        showsDetails = target.flag("details")
        showsTime = target.flag("timestamps")
        switch target.value("tail") {
        case "", "all": tail = nil
        case let text:
            guard let count = Int(text) else { throw APIError(400, "tail value must be a positive integer or \"all\"") }
            guard count >= 0 else { throw APIError(400, "negative tail values not supported") }
            tail = count
        }
    }

    func selection(_ source: LogSelection.Source) -> LogSelection {
        LogSelection(source, follows: follows, output: output, errors: errors, tail: tail, since: since)
    }
}

extension SwarmBackend {
    /// Whose logs are meant by an ID or a name, and whether their containers have terminals.
    func source(of collection: SwarmCollection, _ name: String) async throws -> (LogSelection.Source, hasTerminal: Bool) {
        if collection == .tasks {
            let task = try await task(name)
            return (.task(task.id), task.spec.container?.tty ?? false)
        }
        let service = try await service(name, defaults: false)
        return (.service(service.id), service.spec.taskTemplate.container?.tty ?? false)
    }
}
