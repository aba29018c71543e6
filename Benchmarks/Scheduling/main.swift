// bench-scheduler: how many tasks the scheduler places in a second, on one core, by the number of nodes and tasks. Prints a Markdown
// table. Time is the processor's, so that other programs matter less. Every node has room for all of its share; the second column of rates is with a constraint, a spread over ten racks, and
// reservations.
import DockerAPI
import Glibc
import Orchestration
import SwarmModel

let start = Timestamp(nanoseconds: 1_790_000_000_000_000_000)

func node(_ number: Int) -> Node {
    var node = Node(
        id: "node-\(number)", now: start, role: .worker, availability: .active, address: "10.0.0.1", certificateExpiry: start)
    node.state = .ready
    node.spec.labels = ["rack": "\(number % 10)", "disk": number % 2 == 0 ? "ssd" : "hdd"]
    node.description = SwarmNode.Description(
        hostname: "host-\(number)", platform: SwarmNode.Platform(architecture: "x86_64", os: "linux"),
        resources: SwarmNode.Resources(nanoCPUs: 64_000_000_000, memoryBytes: 256 << 30))
    return node
}

func template(isDemanding: Bool) -> TaskSpec {
    var template = TaskSpec(container: ContainerSpec(image: "busybox"))
    guard isDemanding else { return template }
    template.resources = ResourceRequirements(
        reservations: ResourceRequirements.Reservations(nanoCPUs: 100_000_000, memoryBytes: 64 << 20))
    template.placement = Placement(
        constraints: ["node.labels.disk==ssd"],
        preferences: [Placement.Preference(spread: Placement.Spread(descriptor: "node.labels.rack"))])
    return template
}

/// In seconds.
func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// - Returns: tasks placed per second, services of a thousand tasks one after the other.
func rate(nodes: Int, tasks: Int, isDemanding: Bool) -> Double {
    var scheduler = Scheduler()
    for number in 0..<nodes { scheduler.put(node(number)) }
    let services = stride(from: 0, to: tasks, by: 1000).map { first in
        let service = Service(
            id: "service-\(first)", now: start,
            spec: ServiceSpec(name: "service-\(first)", taskTemplate: template(isDemanding: isDemanding)))
        return (first..<min(first + 1000, tasks)).map { number in
            TaskRecord(id: "task-\(number)", now: start, service: service, slot: number - first + 1, desiredState: .running)
        }
    }
    var placed = 0
    let begin = processorTime()
    for service in services {
        for decision in scheduler.place(service, now: start) { if case .assigned = decision { placed += 1 } }
    }
    let time = processorTime() - begin
    precondition(placed == tasks, "\(placed) of \(tasks) tasks were placed")
    return Double(tasks) / time
}

print("| nodes | tasks | placements/s | with constraint, spread and reservations |")
print("|--:|--:|--:|--:|")
for (nodes, tasks) in [(10, 1_000), (100, 10_000), (1_000, 100_000), (10_000, 100_000)] {
    let rates = [false, true].map { Int(rate(nodes: nodes, tasks: tasks, isDemanding: $0)) }
    print("| \(nodes) | \(tasks) | \(rates[0]) | \(rates[1]) |")
}
