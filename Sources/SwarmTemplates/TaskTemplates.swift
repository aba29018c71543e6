import DockerAPI
import GoTemplate
import SwarmModel

/// Expands the Go templates that a task's container spec may have in its environment, its host name and its mounts.
public struct TaskTemplates: Sendable {
    private let context: Value

    public init(_ task: TaskRecord, on node: NodeFacts) {
        // The types are Swarm mode's: they stand in its refusals.
        func fields(_ type: String, _ members: [(String, Value)]) -> Value { .object(Members(members, type: type)) }
        let labels = (task.serviceLabels ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, Value.string($0.value)) }
        let service = fields(
            "struct { ID string; Name string; Labels map[string]string }",
            [
                ("ID", .string(task.serviceID)), ("Name", .string(task.serviceName)), ("Labels", .object(Members(labels))),
            ])
        let platform = fields(
            "template.Platform", [("Architecture", .string(node.architecture)), ("OS", .string(node.system))])
        let host = fields(
            "struct { ID string; Hostname string; Platform template.Platform }",
            [("ID", .string(node.id)), ("Hostname", .string(node.hostname)), ("Platform", platform)])
        let own = fields(
            "struct { ID string; Name string; Slot string }",
            [
                ("ID", .string(task.id)), ("Name", .string(task.name)),
                // Of a global service the node stands for the slot.
                ("Slot", .string(task.slot.flatMap { $0 == 0 ? nil : "\($0)" } ?? task.nodeID ?? "")),
            ])
        context = fields("*template.Context", [("Service", service), ("Node", host), ("Task", own)])
    }

    /// Fills in a spec, in Swarm mode's order: of the environment what follows the names, of mounts where they come from and go to
    /// and the volumes' labels and options, and the host name.
    ///
    /// - Throws: `InvalidTask`, in Swarm mode's words.
    public func expand(_ spec: ContainerSpec) throws(InvalidTask) -> ContainerSpec {
        var spec = spec
        if let environment = spec.environment {
            var expanded: [String] = []
            for entry in environment { expanded.append(try self.variable(entry)) }
            spec.environment = expanded
        }
        if let mounts = spec.mounts {
            var expanded: [Mount] = []
            for mount in mounts { expanded.append(try self.mount(mount)) }
            spec.mounts = expanded
        }
        if let hostname = spec.hostname { spec.hostname = try expand(hostname, of: "expanding hostname failed") }
        return spec
    }

    private func variable(_ entry: String) throws(InvalidTask) -> String {
        let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return entry }
        let value = try expand(String(parts[1]), of: "expanding env failed: expanding env \(goQuote(entry))")
        return "\(parts[0])=\(value)"
    }

    private func mount(_ mount: Mount) throws(InvalidTask) -> Mount {
        var mount = mount
        func part(_ text: String?, _ what: String) throws(InvalidTask) -> String? {
            guard let text else { return nil }
            return try expand(text, of: "expanding mounts failed: expanding mount \(what) \(goQuote(text))")
        }
        func map(_ texts: [String: String]?, _ what: String) throws(InvalidTask) -> [String: String]? {
            guard var texts else { return nil }
            for (key, text) in texts.sorted(by: { $0.key < $1.key }) {
                let entry = "\(goQuote(key))=\(goQuote(text))"
                texts[key] = try expand(
                    text, of: "expanding mounts failed: expanding volume \(what): expanding map entry \(entry)")
            }
            return texts
        }
        mount.source = try part(mount.source, "source")
        mount.target = try part(mount.target, "target")
        if var volume = mount.volume {
            volume.labels = try map(volume.labels, "labels")
            let options = try map(volume.driver?.options, "driver config")
            volume.driver?.options = options
            mount.volume = volume
        }
        return mount
    }

    /// - Parameters:
    ///   - what: which part of the spec it is: what an error begins with.
    ///   - functions: what may be called besides Go's own functions and `join`.
    /// - Throws: `InvalidTask`.
    public func expand(
        _ text: String, of what: String, functions: [String: Template.Function] = [:]
    ) throws(InvalidTask) -> String {
        guard text.contains("{{") else { return text }
        do {
            let template = try Template(
                text, name: "expansion", functions: functions.merging(["join": Self.join]) { own, _ in own }, dialect: .go)
            return try template.render(context, missingKeyIsError: true)
        } catch {
            throw InvalidTask("\(what): \(error)")
        }
    }

    /// Unlike elsewhere, the separator comes first and the texts are arguments.
    private static let join: Template.Function = { arguments throws(Template.FunctionError) in
        guard let separator = arguments.first else {
            throw Template.FunctionError("runtime error: slice bounds out of range [1:0]")
        }
        var texts: [String] = []
        for argument in arguments.dropFirst() { texts.append(try text(argument)) }
        return .string(texts.joined(separator: try text(separator)))
    }

    /// A text, as a function's argument.
    public static func text(_ value: Value) throws(Template.FunctionError) -> String {
        guard case .string(let text) = value else { throw Template.FunctionError("wrong type for value; expected string") }
        return text
    }
}
