import DockerAPI
import SwarmModel

/// What is found by an ID, a name, or the beginning of an ID; looked for in that order.
protocol Named: Sendable {
    var id: String { get }
    var name: String { get }
}

extension Service: Named {}
extension TaskRecord: Named {}
extension TaskData: Named {}

/// Finds objects as the Engine API does everywhere.
enum Lookup {
    /// - Parameter noun: what it is called in messages.
    /// - Throws: status 404 where there is none, and 400 where there are several.
    static func find<Value: Named>(
        _ noun: String, _ name: String, in all: [Versioned<Value>]
    ) throws(APIError) -> Versioned<Value> {
        if let exact = all.first(where: { $0.value.id == name }) { return exact }
        let named = all.filter { $0.value.name == name }
        let found = named.isEmpty && !name.isEmpty ? all.filter { $0.value.id.hasPrefix(name) } : named
        guard let first = found.first else { throw APIError(404, "\(noun) \(name) not found") }
        guard found.count == 1 else { throw APIError(400, "\(noun) \(name) is ambiguous (\(found.count) matches found)") }
        return first
    }
}

extension ClusterState {
    /// - Parameter name: an ID, a name, or the beginning of an ID; looked for in that order.
    func service(_ name: String) throws(APIError) -> Versioned<Service> { try Lookup.find("service", name, in: livingServices) }

    /// - Parameter name: an ID, a name, or the beginning of an ID; looked for in that order.
    func network(_ name: String) throws(APIError) -> Versioned<Network> {
        try Lookup.find("network", name, in: networks.inOrder)
    }

    /// - Parameter name: an ID, a name, or the beginning of an ID; looked for in that order.
    func data(_ kind: TaskData.Kind, _ name: String) throws(APIError) -> Versioned<TaskData> {
        try Lookup.find(kind.noun, name, in: data(kind))
    }
}
