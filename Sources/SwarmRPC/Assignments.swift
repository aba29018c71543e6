import DockerAPI
import FoundationEssentials
import SwarmModel

/// What a node is to run, and what that needs: all of it, or what has changed.
public struct Assignments: Sendable, Equatable {
    /// Whether what is not here is to go.
    public var isComplete: Bool
    public var tasks: [TaskRecord] = []
    /// Secrets and configs that these tasks use.
    public var data: [TaskData] = []
    /// IDs of tasks whose containers are to be removed.
    public var removedTasks: [String] = []
    public var removedSecrets: [String] = []
    public var removedConfigs: [String] = []
    /// What has changed for the node's data plane.
    public var network = NetworkChanges()

    public init(isComplete: Bool) { self.isComplete = isComplete }

    public var isEmpty: Bool {
        !isComplete && tasks.isEmpty && data.isEmpty && removedTasks.isEmpty && removedSecrets.isEmpty && removedConfigs.isEmpty
            && network.isEmpty
    }

    /// One message may be of 4 MiB at most; what is larger goes out in several.
    static let messageSize = 1 << 20

    /// The messages that carry it, in order.
    public func wire() throws -> [WireAssignments] {
        let encoder = JSONEncoder()
        var messages: [WireAssignments] = []
        var message = WireAssignments.with { $0.complete = isComplete }
        message.removedTasks = removedTasks
        message.removedSecrets = removedSecrets
        message.removedConfigs = removedConfigs
        message.removedNetworks = network.removedNetworks
        message.removedPeers = network.removedPeers.map(WireNetworkMember.init)
        message.removedEndpoints = network.removedEndpoints.map(WireNetworkMember.init)
        message.removedNetworkServices = network.removedServices.map(WireNetworkMember.init)
        var size = 0
        func add(_ value: some Encodable, to list: WritableKeyPath<WireAssignments, [Data]>) throws {
            let bytes = try encoder.encode(value)
            if size + bytes.count > Self.messageSize, size > 0 {
                message.more = true
                messages.append(message)
                message = WireAssignments.with { $0.complete = isComplete }
                size = 0
            }
            message[keyPath: list].append(bytes)
            size += bytes.count
        }
        for data in data { try add(data, to: data.kind == .secret ? \.secrets : \.configs) }
        for item in network.networks { try add(item, to: \.networks) }
        for item in network.peers { try add(item, to: \.peers) }
        for item in network.services { try add(item, to: \.networkServices) }
        for item in network.endpoints { try add(item, to: \.endpoints) }
        for task in tasks { try add(task, to: \.tasks) }
        return messages + [message]
    }

    /// Takes in a message; the set is whole once `more` is false.
    ///
    /// - Throws: where something in it cannot be read.
    public mutating func take(_ wire: WireAssignments) throws {
        let decoder = JSONDecoder()
        isComplete = wire.complete
        tasks += try wire.tasks.map { try decoder.decode(TaskRecord.self, from: $0) }
        data += try (wire.secrets + wire.configs).map { try decoder.decode(TaskData.self, from: $0) }
        removedTasks += wire.removedTasks
        removedSecrets += wire.removedSecrets
        removedConfigs += wire.removedConfigs
        network.networks += try wire.networks.map { try decoder.decode(NetworkAssignment.self, from: $0) }
        network.peers += try wire.peers.map { try decoder.decode(PeerAssignment.self, from: $0) }
        network.endpoints += try wire.endpoints.map { try decoder.decode(EndpointAssignment.self, from: $0) }
        network.services += try wire.networkServices.map { try decoder.decode(ServiceAssignment.self, from: $0) }
        network.removedNetworks += wire.removedNetworks
        network.removedPeers += wire.removedPeers.map(NodeNetworks.Key.init)
        network.removedEndpoints += wire.removedEndpoints.map(NodeNetworks.Key.init)
        network.removedServices += wire.removedNetworkServices.map(NodeNetworks.Key.init)
    }
}

extension WireNetworkMember {
    fileprivate init(_ key: NodeNetworks.Key) {
        self = .with {
            $0.networkID = key.network
            $0.id = key.member
        }
    }
}

extension NodeNetworks.Key {
    fileprivate init(_ wire: WireNetworkMember) { self.init(wire.networkID, wire.id) }
}

/// How a task is, as its node tells the leader.
public struct TaskReport: Sendable, Equatable {
    public var taskID: String
    public var status: TaskRecord.Status

    public init(taskID: String, status: TaskRecord.Status) {
        self.taskID = taskID
        self.status = status
    }

    /// - Throws: where the status cannot be read.
    public init(_ wire: WireTaskStatus) throws {
        taskID = wire.taskID
        status = try JSONDecoder().decode(TaskRecord.Status.self, from: wire.status)
    }

    public func wire() throws -> WireTaskStatus {
        let bytes = try JSONEncoder().encode(status)
        return .with {
            $0.taskID = taskID
            $0.status = bytes
        }
    }
}
