import DockerAPI
import GRPCCore
import NIOCore
import NIOSSL
import SwarmModel
import SwarmRPC

extension Manager {
    /// What containers write, as it comes from their nodes, by way of the leader.
    ///
    /// - Parameters:
    ///   - tls: what this node shows to the leader, where that is another one.
    ///   - deliver: is given one batch of lines after the other; reading goes no faster than it.
    /// - Throws: status 500 with a text that says which nodes were missing, after everything else was delivered.
    public func logs(
        _ selection: LogSelection, tls: NIOSSLContext, group: any EventLoopGroup,
        deliver: @escaping @Sendable ([LogLine]) async throws -> Void
    ) async throws {
        if let term = leading.current {
            do {
                return try await term.logs.read(selection) { try await deliver($0.lines.map(LogLine.init)) }
            } catch let incomplete as LogsIncomplete {
                throw APIError(500, incomplete.description)
            }
        }
        guard let leader = view.current?.leader?.address else { throw APIError.noLeader }
        do {
            try await ManagerConnection.with(leader, tls: tls, timeout: .seconds(3), group: group) { client in
                try await WireLogs.Client(wrapping: client).readLogs(selection.wire) { response in
                    for try await batch in response.messages {
                        guard batch.warning.isEmpty else { throw APIError(500, batch.warning) }
                        try await deliver(batch.lines.map(LogLine.init))
                    }
                }
            }
        } catch let error as RPCError {
            throw APIError(error)
        } catch let error as ManagerUnreachable {
            throw APIError.remote(.unavailable, error.description)
        }
    }
}
