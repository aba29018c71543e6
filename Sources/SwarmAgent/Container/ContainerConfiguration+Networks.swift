import DockerAPI
import SwarmModel

extension ContainerConfiguration {
    /// Puts the container into its networks: one of the engine's own, those of the swarm, or else the engine's default one.
    mutating func attachNetworks(of task: TaskRecord, places: [NetworkPlace]) {
        if let own = task.spec.networks?.compactMap(\.target).first(where: TaskSpec.predefinedNetworks.contains) {
            host.networkMode = own
            return
        }
        guard let first = places.first else { return }
        host.networkMode = first.network
        networking = NetworkingConfiguration(
            endpoints: Dictionary(places.map { ($0.network, .init($0)) }) { first, _ in first })
        if let resolver = places.compactMap(\.resolver).first { host.nameservers = ["\(resolver)"] }
    }
}

extension NetworkingConfiguration.Endpoint {
    /// The MAC address follows from the other, so that nodes know it of each other's containers without being told.
    init(_ place: NetworkPlace) {
        self.init(
            addresses: .init(address: "\(place.address)"), mac: place.address.mac)
    }
}
