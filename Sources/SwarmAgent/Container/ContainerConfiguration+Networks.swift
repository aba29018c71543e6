import SwarmModel

extension ContainerConfiguration {
    /// The engine's own networks that a service may name: they are the same on every node.
    private static let predefined: Set<String> = ["host", "none", "bridge"]

    /// Puts the container into its networks.
    ///
    /// Here is where `task.networks`, its places in networks of the swarm, become endpoints of the container. Until then, what is in
    /// none of the engine's own networks is in its default one.
    mutating func attachNetworks(of task: TaskRecord) {
        for network in task.spec.networks ?? [] {
            guard let target = network.target, Self.predefined.contains(target) else { continue }
            host.networkMode = target
            return
        }
    }
}
