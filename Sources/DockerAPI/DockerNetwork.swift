/// A network, the part that is used here.
public struct DockerNetwork: Decodable, Sendable {
    public var id: String
    public var name: String
    public var driver: String
    /// Whether it carries the routing mesh.
    public var isIngress: Bool?

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case name = "Name"
        case driver = "Driver"
        case isIngress = "Ingress"
    }
}
