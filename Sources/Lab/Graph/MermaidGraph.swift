/// A lab as a Mermaid flow chart, for pages that draw those.
public struct MermaidGraph {
    private let model: GraphModel

    public init(_ snapshot: LabSnapshot) { model = GraphModel(snapshot) }

    public var document: String {
        var lines = ["---", "title: \(Self.title(model.title))", "---", "flowchart TB"]
        let groups = [
            ("managers", "Managers", model.managers), ("workers", "Workers", model.workers),
            ("machines", "Machines", model.others),
        ]
        var ids: [String: [String]] = [:]
        for (id, title, boxes) in groups where !boxes.isEmpty {
            lines.append("    subgraph \(id)[\"\(title)\"]")
            for (index, box) in boxes.enumerated() {
                // Names may hold what Mermaid takes for syntax: only the label shows them.
                let node = "\(id)\(index)"
                ids[id, default: []].append(node)
                lines.append("        \(node)[\"\(label(box))\"]:::\(style(box))")
            }
            lines.append("    end")
        }
        let managers = ids["managers"] ?? []
        for (left, right) in zip(managers, managers.dropFirst()) { lines.append("    \(left) <-.-> \(right)") }
        if !managers.isEmpty, ids["workers"] != nil { lines.append("    managers --> workers") }
        lines.append("    classDef manager fill:#DBEAFE,stroke:#1D4ED8,color:#0F172A")
        lines.append("    classDef worker fill:#CCFBF1,stroke:#0F766E,color:#0F172A")
        lines.append("    classDef machine fill:#F1F5F9,stroke:#64748B,color:#0F172A")
        lines.append("    classDef down fill:#FEE2E2,stroke:#DC2626,color:#0F172A")
        return lines.joined(separator: "\n") + "\n"
    }

    private func style(_ box: GraphModel.Box) -> String {
        if box.isUp == false { return "down" }
        switch box.role {
        case .manager: return "manager"
        case .worker: return "worker"
        case .none: return "machine"
        }
    }

    private func label(_ box: GraphModel.Box) -> String {
        var parts = ["<b>\(Self.escaped(box.name))</b>"]
        let facts = [box.badge == "Leader" ? "Leader" : "", box.address, box.remark].filter { !$0.isEmpty }
        if !facts.isEmpty { parts.append(Self.escaped(facts.joined(separator: " · "))) }
        if !box.labels.isEmpty { parts.append(Self.escaped(box.labels.joined(separator: ", "))) }
        if !box.tasks.isEmpty { parts.append(Self.escaped(box.tasks.map(\.title).joined(separator: ", "))) }
        return parts.joined(separator: "<br/>")
    }

    /// Mermaid reads `#name;` as an entity; everything that is not plain is written as one.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            let isPlain =
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || " .,-_=:/·".unicodeScalars.contains(scalar)
            return isPlain ? String(scalar) : "#\(scalar.value);"
        }.joined()
    }

    private static func title(_ text: String) -> String { "\"\(text.replacing("\"", with: "'"))\"" }
}
