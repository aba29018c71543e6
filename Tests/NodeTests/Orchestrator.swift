import Foundation

/// Who runs the swarm: the engine's own swarm mode, which says what is right, or swarmd, which is asked the same.
enum Orchestrator: String, CaseIterable, Sendable {
    case stock
    case swarmd

    /// Those that `ORCHESTRATORS` names, separated by spaces; both unless it is set.
    static let underTest = allCases.filter { orchestrator in
        guard let names = ProcessInfo.processInfo.environment["ORCHESTRATORS"] else { return true }
        return names.split(separator: " ").contains { $0 == orchestrator.rawValue }
    }
    /// What is asked of swarmd alone: the original takes a minute for it, or does otherwise.
    static let swarmdOnly = underTest.filter { $0 == .swarmd }

    /// Whether this runs in the bed with hosts that `scripts/nodes-bed` makes. The suites need it.
    static let hasHosts = ProcessInfo.processInfo.environment["SWARMLAB_NODES"] != nil
}
