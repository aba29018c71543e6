import DockerAPI
import FoundationEssentials
import GRPCCore
import SwarmAgent
import SwarmGateway
import SwarmModel
import SwarmRPC

/// Plain containers of this node in networks of the swarm: the leader gives them their places, the worker makes them real.
extension ClusterNode {
    public func attach(_ request: AttachmentDraft) async throws -> AttachmentPlace {
        guard case .active = phase, let worker else { throw APIError(503, "This node is not part of a swarm") }
        let wire = WireAttachRequest.with {
            $0.network = request.network
            $0.address = request.address ?? ""
            $0.aliases = request.aliases
            $0.containerName = request.containerName ?? ""
            $0.nameservers = request.nameservers
        }
        let refused = "Could not attach to network \(request.network): "
        let task: TaskRecord
        do {
            let answer = try await askingLeader {
                try await WireAttachments.Client(wrapping: $0).attach(wire, options: .within(.seconds(20)))
            }
            task = try JSONDecoder().decode(TaskRecord.self, from: answer.task)
        } catch let error as APIError {
            throw APIError(error.status, refused + error.message)
        }
        do {
            let attached = try await worker.attach(task)
            return AttachmentPlace(
                id: attached.id, network: attached.networkName, address: attached.place.address,
                resolver: attached.place.resolver)
        } catch {
            await giveBack([task.id])
            throw APIError((error as? APIError)?.status ?? 500, refused + "\(error)")
        }
    }

    public func attached(_ id: String, container: String) async { await worker?.attached(id, container: container) }

    public func release(_ id: String) async {
        await worker?.release(id)
        await giveBack([id])
    }

    public func release(container: String, from network: String) async {
        guard let worker else { return }
        await giveBack(await worker.release(container: container, from: network))
    }

    /// Gives back all places of this node, which leaves its swarm. Where no leader hears of it, they go with the node.
    func giveBackAll() async {
        guard let worker, await worker.hasAttachments else { return }
        await giveBack([""])
    }

    /// Tells the leader at once. It is told again with the statuses of tasks, so nothing is lost where that fails.
    private func giveBack(_ ids: [String]) async {
        do {
            for id in ids {
                _ = try await askingLeader(within: .seconds(2)) {
                    try await WireAttachments.Client(wrapping: $0).detach(
                        .with { $0.taskID = id }, options: .within(.seconds(2)))
                }
            }
        } catch {
            logger.debug("the leader has not heard that a container left a network", metadata: ["error": "\(error)"])
        }
    }

    /// Asks the leader, whoever that is, again for a while where nobody leads.
    ///
    /// - Throws: `APIError`.
    private func askingLeader<Answer: Sendable>(
        within limit: Duration = .seconds(10), _ ask: @Sendable (ManagerConnection.Client) async throws -> Answer
    ) async throws -> Answer {
        let end = ContinuousClock.now + limit
        var (untried, hint) = ([String](), String?.none)
        var last = APIError.remote(.unavailable, "no manager of the swarm is known")
        while true {
            if untried.isEmpty { untried = await managers().shuffled() }
            if let address = hint ?? untried.popLast() {
                hint = nil
                do {
                    return try await ManagerConnection.with(
                        address, tls: try await clientTLS(), timeout: .seconds(3), group: group
                    ) { try await ask($0) }
                } catch let error as RPCError {
                    last = APIError(error)
                    if let elsewhere = NotLeader(error) {
                        hint = elsewhere.leader
                    } else if error.code != .unavailable {
                        throw last
                    }
                } catch let error as ManagerUnreachable {
                    last = .remote(.unavailable, error.description)
                }
            }
            guard ContinuousClock.now < end else { throw last }
            if hint == nil { try await Task.sleep(for: .milliseconds(50)) }
        }
    }
}
