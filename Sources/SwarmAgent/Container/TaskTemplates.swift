import DockerAPI
import GoTemplate
import SwarmModel

/// Expands the Go templates that a task's container spec may have in its environment, its host name and its mounts.
struct TaskTemplates {
    private let context: Value

    init(_ task: TaskRecord, on node: NodeFacts) {
        let labels = (task.serviceLabels ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, Value.string($0.value)) }
        context = .object(
            Members([
                (
                    "Service",
                    .object(
                        Members([
                            ("ID", .string(task.serviceID)), ("Name", .string(task.serviceName)),
                            ("Labels", .object(Members(labels))),
                        ]))
                ),
                (
                    "Node",
                    .object(
                        Members([
                            ("ID", .string(node.id)), ("Hostname", .string(node.hostname)),
                            (
                                "Platform",
                                .object(Members([("Architecture", .string(node.architecture)), ("OS", .string(node.system))]))
                            ),
                        ]))
                ),
                (
                    "Task",
                    .object(
                        Members([
                            ("ID", .string(task.id)), ("Name", .string(task.name)),
                            // Of a global service the node stands for the slot.
                            ("Slot", .string(task.slot.flatMap { $0 == 0 ? nil : "\($0)" } ?? task.nodeID ?? "")),
                        ]))
                ),
            ]))
    }

    /// - Parameters:
    ///   - what: which part of the spec it is, for people.
    ///   - functions: what may be called besides Go's own functions.
    /// - Throws: `InvalidTask`.
    func expand(_ text: String, of what: String, functions: [String: Template.Function] = [:]) throws -> String {
        guard text.contains("{{") else { return text }
        do {
            let template = try Template(
                text, name: "expansion", functions: functions.merging(["join": Self.join]) { own, _ in own })
            return try template.render(context, type: "template.Context", missingKeyIsError: true)
        } catch {
            throw InvalidTask("expanding \(what) failed: \(error)")
        }
    }

    /// Nil where nothing is said.
    func expand(_ text: String?, of what: String) throws -> String? {
        try text.nonEmpty.map { try expand($0, of: what) }
    }

    /// Mounts, after their form was looked at.
    func expand(_ mounts: [Mount]) throws -> [Mount] {
        try mounts.map { mount in
            var mount = mount
            mount.source = try expand(mount.source, of: "mount source")
            mount.target = try expand(mount.target, of: "mount target")
            if var volume = mount.volume {
                volume.labels = try volume.labels?.mapValues { try expand($0, of: "volume label") }
                let options = try volume.driver?.options?.mapValues { try expand($0, of: "volume driver option") }
                volume.driver?.options = options
                mount.volume = volume
            }
            try mount.validate()
            return mount
        }
    }

    /// Unlike elsewhere, the separator comes first and the texts are arguments.
    private static let join: Template.Function = { arguments throws(Template.FunctionError) in
        guard let separator = arguments.first else { throw Template.FunctionError("the separator is missing") }
        var texts: [String] = []
        for argument in arguments.dropFirst() { texts.append(try text(argument)) }
        return .string(texts.joined(separator: try text(separator)))
    }

    static func text(_ value: Value) throws(Template.FunctionError) -> String {
        guard case .string(let text) = value else { throw Template.FunctionError("wrong type for value; expected string") }
        return text
    }
}

extension Mount {
    /// - Throws: `InvalidTask`, in Swarm mode's words.
    fileprivate func validate() throws {
        let target = target ?? ""
        let source = source ?? ""
        guard target.hasPrefix("/") else { throw InvalidTask("invalid mount target, must be an absolute path: \(target)") }
        switch kind {
        case "bind":
            guard source.hasPrefix("/") else {
                throw InvalidTask("invalid bind mount source, must be an absolute path: \(source)")
            }
        case "volume", nil, "":
            guard !source.hasPrefix("/") else {
                throw InvalidTask("invalid volume mount source, must not be an absolute path: \(source)")
            }
        case "tmpfs":
            guard source.isEmpty else { throw InvalidTask("invalid tmpfs source, source must be empty") }
        case "npipe":
            guard !source.isEmpty else { throw InvalidTask("invalid npipe source, source must not be empty") }
        default: throw InvalidTask("invalid mount type: \(kind ?? "")")
        }
    }
}
