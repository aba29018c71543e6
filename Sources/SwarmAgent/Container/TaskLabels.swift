import SwarmModel

/// How a task's container is known, as Swarm mode labels it.
enum TaskLabels {
    static let isTask = "com.docker.swarm.task"
    static let taskID = "com.docker.swarm.task.id"
    static let taskName = "com.docker.swarm.task.name"
    static let nodeID = "com.docker.swarm.node.id"
    static let serviceID = "com.docker.swarm.service.id"
    static let serviceName = "com.docker.swarm.service.name"

    static func labels(of task: TaskRecord, nodeID: String) -> [String: String] {
        [
            isTask: "", taskID: task.id, taskName: task.name, Self.nodeID: nodeID, serviceID: task.serviceID,
            serviceName: task.serviceName,
        ]
    }
}
