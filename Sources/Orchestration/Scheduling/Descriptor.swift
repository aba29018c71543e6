import SwarmModel

/// What tasks are to be spread over, such as `node.labels.rack`.
struct Descriptor: Sendable {
    private let name: String?
    private let isOfEngine: Bool

    init(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 2).map(String.init)
        name = parts.count == 3 && parts[1].lowercased() == "labels" ? parts[2] : nil
        isOfEngine = parts.first?.lowercased() == "engine"
    }

    /// Empty for a node without such a label.
    func label(of node: Node) -> String {
        guard let name else { return "" }
        return (isOfEngine ? node.description.engine?.labels : node.spec.labels)?[name] ?? ""
    }
}
