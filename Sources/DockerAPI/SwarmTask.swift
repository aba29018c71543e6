/// A task of a service, the part that is used here.
public struct SwarmTask: Decodable, Sendable {
    public var id: String
    public var serviceID: String
    /// Empty until the task has a node.
    public var nodeID: String?
    /// 1 and up for replicated services, absent for global ones.
    public var slot: Int?
    public var status: Status
    public var desiredState: String

    public struct Status: Decodable, Sendable {
        public var state: String

        enum CodingKeys: String, CodingKey { case state = "State" }
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case serviceID = "ServiceID"
        case nodeID = "NodeID"
        case slot = "Slot"
        case status = "Status"
        case desiredState = "DesiredState"
    }
}
