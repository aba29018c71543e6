import GRPCCore
import SwarmModel
import SwarmRPC
import SwarmSecurity

/// Lets other managers read what containers write.
struct LogService: WireLogs.SimpleServiceProtocol {
    let leading: Leading
    let view: ClusterView

    func readLogs(request: WireLogRequest, response: RPCWriter<WireLogBatch>, context: ServerContext) async throws {
        guard case .node(let peer) = Caller(context), peer.role == .manager else {
            throw RPCError(code: .permissionDenied, message: "only managers may read logs")
        }
        guard let selection = LogSelection(request) else {
            throw RPCError(code: .invalidArgument, message: "neither a service nor a task is named")
        }
        guard let term = leading.current else { throw NotLeader(leader: view.current?.leader?.address) }
        do {
            try await term.logs.read(selection) { try await response.write($0) }
        } catch let incomplete as LogsIncomplete {
            try await response.write(.with { $0.warning = incomplete.description })
        }
    }
}
