/// Which machines of a lab a verb is about: `all`, `managers`, `workers`, or names in which `*` and `?` stand for others,
/// several parted by commas.
public struct MachineSelection: Sendable {
    let parts: [String]

    public init(_ text: String) {
        parts = text.split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
    }

    /// - Parameter roles: the roles the machines have now, which may differ from the file's.
    /// - Throws: ``LabError`` when a part selects nothing.
    public func machines(of topology: Topology, roles: [String: SwarmNode.Role] = [:]) throws -> [String] {
        let names = topology.machines.map(\.name)
        var selected: Set<String> = []
        for part in parts {
            let found = names.filter { name in
                let role = roles[name]?.rawValue ?? topology.machine(name)?.role.rawValue
                switch part {
                case "all": return true
                case "manager", "managers": return role == "manager"
                case "worker", "workers": return role == "worker"
                default: return Self.matches(Array(name), Array(part))
                }
            }
            guard !found.isEmpty else {
                let meant = Spelling.closest(to: part, among: names + ["all", "managers", "workers"])
                throw LabError(
                    "lab \"\(topology.name)\" has no machine \"\(part)\"" + (meant.map { "; did you mean \"\($0)\"?" } ?? "")
                        + "\nIts machines: \(names.joined(separator: ", "))")
            }
            selected.formUnion(found)
        }
        guard !selected.isEmpty else { throw LabError("no machine is named") }
        return names.filter(selected.contains)
    }

    /// Shell-like matching without recursion: the last `*` takes up the slack.
    static func matches(_ name: [Character], _ pattern: [Character]) -> Bool {
        var (n, p) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
                n += 1
                p += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                n = last.name + 1
                p = last.pattern + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
