import DockerAPI
import FoundationEssentials
import GoTemplate
import SwarmModel
import SwarmTemplates

/// What is in a task's secrets and configs, templates in them expanded.
struct DataContents {
    private let task: TaskRecord
    private let templates: TaskTemplates
    private let references: [DataReference]
    private let data: [String: TaskData]
    private let environment: [String]

    init(_ data: [TaskData], references: [DataReference], for task: TaskRecord, on node: NodeFacts) throws {
        self.task = task
        self.references = references
        templates = TaskTemplates(task, on: node)
        self.data = Dictionary(data.map { ($0.id, $0) }) { _, last in last }
        let spec = try templates.expand(task.spec.container ?? ContainerSpec())
        environment = ContainerConfiguration.environment(of: task, spec) ?? []
    }

    /// - Throws: `InvalidTask`.
    func bytes(of reference: DataReference) throws -> [UInt8] {
        let raw = try raw(reference)
        guard let language = data[reference.id]?.templating?.name.nonEmpty else { return raw }
        guard language == "golang" else { throw InvalidTask("unknown template driver \(language)") }
        // Text is what templates are made of; other bytes cannot be in one.
        let noun = reference.kind == .secret ? "secret" : "config"
        let expanded = try templates.expand(
            String(decoding: raw, as: UTF8.self), of: "expanding \(noun) \(reference.name) failed",
            functions: ["secret": lookup(.secret), "config": lookup(.config), "env": lookupEnvironment()])
        return Array(expanded.utf8)
    }

    private func raw(_ reference: DataReference) throws -> [UInt8] {
        guard let found = data[reference.id], let bytes = Data(base64Encoded: found.data) else {
            throw InvalidTask(
                "\(reference.kind == .secret ? "secret" : "config") \(reference.name) is not available on this node")
        }
        return Array(bytes)
    }

    /// Another secret or config of the same task, by the name of its file, as it is in the store.
    private func lookup(_ kind: TaskData.Kind) -> Template.Function {
        let word = kind == .secret ? "secret" : "config"
        var texts: [String: String] = [:]
        for reference in references where reference.kind == kind {
            texts[reference.file] = (try? raw(reference)).map { String(decoding: $0, as: UTF8.self) }
        }
        return { [texts] arguments throws(Template.FunctionError) in
            let name = try TaskTemplates.only(arguments)
            guard let text = texts[name] else { throw Template.FunctionError("\(word) target \(name) not found") }
            return .string(text)
        }
    }

    /// A variable of the container's environment; empty where there is none.
    private func lookupEnvironment() -> Template.Function {
        { [environment] arguments throws(Template.FunctionError) in
            let name = try TaskTemplates.only(arguments)
            let found = environment.first { $0.hasPrefix(name + "=") }
            return .string(found.map { String($0.dropFirst(name.count + 1)) } ?? "")
        }
    }
}

extension TaskTemplates {
    /// A call's only argument.
    static func only(_ arguments: [Value]) throws(Template.FunctionError) -> String {
        guard arguments.count == 1, let argument = arguments.first else {
            throw Template.FunctionError("it takes one argument, not \(arguments.count)")
        }
        return try text(argument)
    }
}
