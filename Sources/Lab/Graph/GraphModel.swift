/// What a picture of a lab shows, whatever it is drawn with.
struct GraphModel {
    enum Role { case manager, worker, none }

    struct Task {
        /// `web.1`, or `web` for a task of a global service.
        var title: String
        /// Index into `services`.
        var service: Int
        var state: String
    }

    struct Box {
        var name: String
        var role: Role
        var address: String
        /// `Leader`, `Manager`, `Worker`, or empty.
        var badge: String
        /// What is not as it should be, such as `Stopped` or `drain`; empty when all is well.
        var remark: String
        /// Nil when nobody has looked.
        var isUp: Bool?
        var labels: [String]
        var tasks: [Task]
    }

    struct Service {
        var name: String
        var detail: String
    }

    var title: String
    var subtitle: String
    var managers: [Box]
    var workers: [Box]
    var others: [Box]
    var services: [Service]
    var isLive: Bool

    init(_ snapshot: LabSnapshot) {
        title = snapshot.name
        isLive = snapshot.isLive
        let order = Dictionary(snapshot.services.enumerated().map { ($1.id, $0) }) { first, _ in first }
        let boxes = snapshot.machines.map { Self.box($0, snapshot, order) }
        managers = boxes.filter { $0.role == .manager }
        workers = boxes.filter { $0.role == .worker }
        others = boxes.filter { $0.role == .none }
        services = snapshot.services.map { service in
            let tasks = snapshot.tasks.filter { $0.serviceID == service.id }
            let running = tasks.count { $0.state == "running" }
            let mode =
                switch service.mode {
                case .replicated(let wanted): "\(running)/\(wanted)"
                case .global: "global \(running)"
                case .job: "job"
                }
            let ports = service.ports.map { "*:\($0.published)→\($0.target)/\($0.proto)" }
            return Service(name: service.name, detail: ([mode, service.image] + ports).joined(separator: "  ·  "))
        }
        let count = boxes.count
        let parts = [
            "\(count) machine\(count == 1 ? "" : "s")",
            managers.isEmpty ? nil : "\(managers.count) manager\(managers.count == 1 ? "" : "s")",
            workers.isEmpty ? nil : "\(workers.count) worker\(workers.count == 1 ? "" : "s")",
            snapshot.networks.isEmpty ? nil : "networks: \(snapshot.networks.map(\.name).joined(separator: ", "))",
            snapshot.isLive ? nil : "as its file has it",
        ]
        subtitle = parts.compactMap { $0 }.joined(separator: "  ·  ")
    }

    private static func box(_ machine: LabSnapshot.Machine, _ snapshot: LabSnapshot, _ order: [String: Int]) -> Box {
        let node = machine.node
        let role: Role =
            switch node?.role {
            case .manager: .manager
            case .worker: .worker
            case nil: machine.role == .manager ? .manager : machine.role == .worker ? .worker : .none
            }
        let badge = node?.managerStatus == .leader ? "Leader" : role == .manager ? "Manager" : role == .worker ? "Worker" : ""
        var remarks: [String] = []
        var isUp: Bool?
        if snapshot.isLive {
            isUp = machine.machine?.state == .running && (node == nil || node?.state == .ready)
            // That the node of a machine without power is down goes without saying.
            if machine.machine?.state != .running {
                remarks.append(machine.machine?.state.rawValue ?? "Not created")
            } else if let node, node.state != .ready {
                remarks.append(node.state.rawValue)
            }
            if node?.managerStatus == .unreachable { remarks.append("unreachable") }
            if let node, node.availability != .active { remarks.append(node.availability.rawValue) }
        }
        let tasks = snapshot.tasks.filter { node != nil && $0.nodeID == node?.id }.compactMap { task -> Task? in
            guard let index = order[task.serviceID] else { return nil }
            let name = snapshot.services[index].name
            return Task(title: task.slot > 0 ? "\(name).\(task.slot)" : name, service: index, state: task.state)
        }
        return Box(
            name: machine.name, role: role, address: machine.machine?.address ?? "", badge: badge,
            remark: remarks.joined(separator: ", "), isUp: isUp,
            labels: (node?.labels ?? [:]).sorted { $0.key < $1.key }.map { $0.value.isEmpty ? $0.key : "\($0.key)=\($0.value)" },
            tasks: tasks.sorted { ($0.service, $0.title.count, $0.title) < ($1.service, $1.title.count, $1.title) })
    }
}
