import DockerAPI
import SwarmTemplates

extension Mount {
    /// - Throws: `InvalidTask`, in Swarm mode's words.
    func validate() throws {
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
