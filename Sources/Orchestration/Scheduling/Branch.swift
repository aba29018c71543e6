import HeapModule
import SwarmModel

/// Nodes that may take tasks of a service, divided by what its preferences name: the tasks are spread evenly over the branches of
/// each level, whatever the number of nodes in them, and over the nodes of a branch by their rank.
struct Branch {
    /// A node's place in the queue of its branch: the least is next.
    struct Candidate: Comparable {
        var rank: Rank
        /// Tasks of the service on it.
        var tasks: Int
        /// Where the node stands in the scheduler's list.
        var index: Int

        static func == (left: Candidate, right: Candidate) -> Bool { left.rank == right.rank && left.index == right.index }

        static func < (left: Candidate, right: Candidate) -> Bool {
            left.rank == right.rank ? left.index < right.index : left.rank < right.rank
        }
    }

    /// How good a choice a node is, the least being the best.
    struct Rank: Comparable {
        var isFailing: Bool
        /// What the service's strategy looks at first: how many tasks of the service are on it, or how full it is.
        var first: Int
        /// What decides between nodes that are alike in that: all their tasks.
        var second: Int

        static func < (left: Rank, right: Rank) -> Bool {
            if left.isFailing != right.isFailing { return right.isFailing }
            return left.first == right.first ? left.second < right.second : left.first < right.first
        }
    }

    /// Tasks of the service in it.
    private var tasks = 0
    private var branches: [Branch] = []
    private var queue = Heap<Candidate>()
    private var isExhausted = false

    /// - Parameter descriptors: what each level is divided by, the outermost first.
    init(_ candidates: [Candidate], by descriptors: ArraySlice<Descriptor>, label: (Int, Descriptor) -> String) {
        tasks = candidates.reduce(0) { $0 + $1.tasks }
        guard let descriptor = descriptors.first else {
            queue = Heap(candidates)
            return
        }
        let groups = Dictionary(grouping: candidates) { label($0.index, descriptor) }
        branches = groups.sorted { $0.key < $1.key }
            .map { Branch($0.value, by: descriptors.dropFirst(), label: label) }
    }

    /// Takes the best node for one task more.
    ///
    /// - Parameters:
    ///   - take: gives the node the task and tells how it stands now; nil where it cannot take it, and then it is out.
    /// - Returns: false where no node can.
    mutating func place(_ take: (Candidate) -> Candidate?) -> Bool {
        if branches.isEmpty {
            while let best = queue.min {
                guard let next = take(best) else {
                    queue.removeMin()
                    continue
                }
                queue.replaceMin(with: next)
                tasks += 1
                return true
            }
            isExhausted = true
            return false
        }
        while let fewest = branches.indices.filter({ !branches[$0].isExhausted }).min(by: {
            branches[$0].tasks < branches[$1].tasks
        }) {
            if branches[fewest].place(take) {
                tasks += 1
                return true
            }
        }
        isExhausted = true
        return false
    }
}
