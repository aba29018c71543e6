import DockerAPI
import SwarmModel

/// Where a container finds a secret or a config.
struct DataReference: Sendable, Equatable {
    var kind: TaskData.Kind
    var id: String
    var name: String
    /// As the reference has it: templates name others by it.
    var file: String
    var uid: UInt32
    var gid: UInt32
    /// Permissions.
    var mode: UInt32

    /// The path in the container: secrets are in a folder of theirs, configs at the root, unless the whole path is given.
    var target: String {
        if file.hasPrefix("/") { return file }
        return kind == .secret ? "/run/secrets/\(file)" : "/\(file)"
    }

    /// All of a task that are found in files.
    static func all(of task: TaskRecord) -> [DataReference] {
        guard let spec = task.spec.container else { return [] }
        let secrets = (spec.secrets ?? []).compactMap { secret in
            secret.file.map { DataReference(.secret, id: secret.secretID, name: secret.secretName, file: $0) }
        }
        let configs = (spec.configs ?? []).compactMap { config in
            config.file.map { DataReference(.config, id: config.configID, name: config.configName, file: $0) }
        }
        return secrets + configs
    }

    private init(_ kind: TaskData.Kind, id: String?, name: String?, file: FileTarget) {
        self.kind = kind
        self.id = id ?? ""
        self.name = name ?? ""
        self.file = file.name.nonEmpty ?? name ?? ""
        uid = file.uid.flatMap { UInt32($0) } ?? 0
        gid = file.gid.flatMap { UInt32($0) } ?? 0
        mode = file.mode ?? 0o444
    }
}
