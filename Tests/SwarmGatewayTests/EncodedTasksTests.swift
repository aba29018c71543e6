import DockerAPI
import FoundationEssentials
import Testing

@testable import SwarmGateway

/// Lists of tasks whose JSON is partly that of before.
@Suite struct EncodedTasksTests {
    private static func task(_ id: String, version: UInt64 = 1, _ state: String = "running") -> SwarmTask {
        SwarmTask(
            id: id, version: ObjectVersion(index: version), createdAt: nil, updatedAt: nil, name: "", labels: [:],
            spec: TaskSpec(container: ContainerSpec(image: "a/b")), serviceID: "s", slot: 1, nodeID: "n",
            status: SwarmTask.Status(
                timestamp: Timestamp(nanoseconds: 0), state: state, message: "", error: nil, container: nil,
                ports: SwarmTask.PortStatus(ports: [])),
            desiredState: "running", networks: nil, generic: nil, jobIteration: nil)
    }

    private static func decoded(_ encoded: EncodedTasks, _ tasks: [SwarmTask]) throws -> [SwarmTask] {
        let body = try encoded.body(of: tasks)
        #expect(body.readableBytesView.last == UInt8(ascii: "\n"))
        return try JSONDecoder().decode([SwarmTask].self, from: Data(body.readableBytesView))
    }

    /// - Parameter limit: with room for all, for some, and for none.
    @Test(arguments: [100, 4, 1, 0])
    func whatHasChangedIsToldAsItIs(_ limit: Int) throws {
        let encoded = EncodedTasks(limit: limit)
        var tasks = ["a", "b", "c"].map { Self.task($0) }
        for list in [[], [tasks[0]], tasks, tasks, [tasks[2], tasks[0]], []] {
            #expect(try Self.decoded(encoded, list) == list)
        }
        // Another state at the same version, as of a task on a node that went down.
        tasks[1] = Self.task("b", "orphaned")
        tasks[2] = Self.task("c", version: 7)
        #expect(try Self.decoded(encoded, tasks) == tasks)
        tasks[1] = Self.task("b")
        tasks.append(contentsOf: (0..<10).map { Self.task("d\($0)") })
        #expect(try Self.decoded(encoded, tasks) == tasks)
        #expect(try Self.decoded(encoded, Array(tasks.prefix(3))) == Array(tasks.prefix(3)))
    }
}
