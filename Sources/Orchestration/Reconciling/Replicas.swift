import SwarmModel

/// Services with a number of tasks.
extension Plan {
    /// Whether nothing more is to come of a slot: its last task has ended, and the policy wants no other.
    func isSettled(_ members: [TaskRecord]) -> Bool {
        guard let last = members.last, last.specVersion == service.specVersion, last.status.state.isTerminal else { return false }
        return last.desiredState < .remove && !mayRestart(last)
    }

    mutating func reconcileReplicas(_ count: Int) {
        replaceLost(mayMove: true)
        let present = slots.filter { $0.value.contains(where: isWanted) || isSettled($0.value) }
        if present.count < count {
            var number = 0
            for _ in present.count..<count {
                repeat { number += 1 } while present[.number(number)] != nil
                create(.number(number))
            }
        } else if present.count > count {
            for slot in dispensable(present).prefix(present.count - count) {
                for task in slots[slot] ?? [] { desire(task.id, .remove) }
            }
        }
    }

    /// Slots in the order in which they are given up: those that do not run, then those on the nodes with the most of them, then the
    /// highest numbers.
    private func dispensable(_ present: [Slot: [TaskRecord]]) -> [Slot] {
        struct Place {
            var slot: Slot
            var node: String?
            var runs: Bool
        }
        var byNode: [String: Int] = [:]
        var places = present.map { slot, members in
            let task = members.last(where: isWanted)
            return Place(slot: slot, node: task?.nodeID, runs: task?.status.state == .running)
        }
        for place in places where place.runs { byNode[place.node ?? "", default: 0] += 1 }
        var order = places.filter { !$0.runs }.map(\.slot).sorted(by: >)
        places = places.filter(\.runs).sorted { $0.slot > $1.slot }
        // Taken from the fullest node each time, so that what stays is as even as it can be.
        var queues = Dictionary(grouping: places) { $0.node ?? "" }.mapValues { Array($0.map(\.slot).reversed()) }
        while let fullest = queues.max(by: {
            (byNode[$0.key] ?? 0, $0.value.last ?? .number(0)) < (byNode[$1.key] ?? 0, $1.value.last ?? .number(0))
        }) {
            var queue = fullest.value
            order.append(queue.removeLast())
            byNode[fullest.key, default: 0] -= 1
            queues[fullest.key] = queue.isEmpty ? nil : queue
        }
        return order
    }
}
