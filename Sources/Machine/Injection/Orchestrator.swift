/// What runs the swarm in a machine.
public enum Orchestrator: String, Sendable, CaseIterable, Codable {
    /// The Docker Engine's own swarm mode.
    case engine
    /// Swarmlab's orchestrator, which stands in front of the engine.
    case swarmd
}
