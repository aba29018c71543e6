import ArgumentParser
import Foundation
import Lab

/// Where machines and labs are kept; every verb takes these.
struct LabOptions: ParsableArguments {
    @Option(name: [.customShort("s"), .long], help: "The machine store. ($MACHINE_STORAGE_PATH; default: ~/.docker/machine)")
    var storagePath: String?

    @Option(name: .customLong("libvirt-uri"), help: "The hypervisor. ($LIBVIRT_DEFAULT_URI)")
    var libvirtURI: String?

    private var root: URL {
        let environment = ProcessInfo.processInfo.environment
        if let path = storagePath ?? environment["MACHINE_STORAGE_PATH"], !path.isEmpty { return URL(filePath: path) }
        return FileManager.default.homeDirectoryForCurrentUser.appending(path: ".docker/machine")
    }

    var store: LabStore { LabStore(root: root) }

    func fleet() async throws -> any Fleet {
        guard let make = Surroundings.current.makeFleet else { throw LabError("this program has no machines to offer") }
        let environment = ProcessInfo.processInfo.environment
        return try await make(.init(storagePath: root, libvirtURI: libvirtURI ?? environment["LIBVIRT_DEFAULT_URI"]))
    }

    func find(_ lab: String?) throws -> LabLocator.Found {
        let here = URL(filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
        return try LabLocator(directory: here, store: store).find(lab)
    }

    /// The lab together with what it stands on.
    func workspace(_ lab: String?, orchestrator: Orchestrator? = nil, events: @escaping LabEvents = { _ in }) async throws
        -> Workspace
    {
        let found = try find(lab)
        for warning in found.warnings {
            Terminal.write(warning.text(file: found.file.shownPath) + "\n", to: .errors)
        }
        var topology = found.topology
        topology.orchestrator = orchestrator ?? LabState.orchestrator(of: topology, store: store)
        return Workspace(
            topology: topology, file: found.file, source: found.source, fleet: try await fleet(), store: store, events: events)
    }

    /// The names before `--`: `[LAB] REST…`, where `LAB` is there if there is more than `least`.
    static func split(_ names: [String], least: Int) -> (lab: String?, rest: [String]) {
        names.count > least ? (names[0], Array(names.dropFirst())) : (nil, names)
    }
}

extension Workspace {
    /// - Throws: ``LabError`` that says what to do when any of `machines` is suspended.
    func checkAwake(_ machines: [FleetMachine]) throws {
        guard machines.contains(where: \.isSuspended) else { return }
        throw LabError("lab \"\(name)\" is suspended; let it go on first (lab resume \(name))")
    }
}

extension Orchestrator: ExpressibleByArgument {}

extension URL {
    /// The path as a person would write it here.
    var shownPath: String {
        let here = FileManager.default.currentDirectoryPath + "/"
        return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
    }
}

/// A length of time on the command line: `90s`, `5m`.
struct TimeArgument: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = Duration(lab: argument), duration > .zero else { return nil }
        self.duration = duration
    }
}
