import DockerAPI
import SwarmModel

/// Which ports of the host a task's container has got, of those that are published in the mode `host`.
enum PublishedPorts {
    static func ports(of task: TaskRecord, _ container: ContainerInspection) -> [PortConfig]? {
        let wanted = (task.endpoint?.ports ?? []).filter { $0.publishMode == "host" }
        guard !wanted.isEmpty, let bindings = container.networkSettings?.ports else { return nil }
        var ports: [PortConfig] = []
        for port in wanted {
            let key = "\(port.target ?? 0)/\(port.transport ?? "tcp")"
            // One for each family of addresses, most often with the same port.
            let numbers = Set((bindings[key]?.flatMap { $0 } ?? []).compactMap { UInt32($0.hostPort) })
            for number in numbers.sorted() {
                var published = port
                published.published = number
                if !ports.contains(published) { ports.append(published) }
            }
        }
        return ports.nonEmpty
    }
}
