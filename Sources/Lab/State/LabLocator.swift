import Foundation

/// Finds the lab that a person means: by file, by what lies in the folder, or by the name of one that is up.
public struct LabLocator: Sendable {
    public struct Found: Sendable {
        public var topology: Topology
        public var file: URL
        public var source: String
        public var warnings: [Diagnostic]
    }

    let directory: URL
    let store: LabStore

    /// - Parameter directory: where the person is.
    public init(directory: URL, store: LabStore) {
        self.directory = directory
        self.store = store
    }

    /// - Parameter argument: a file, or the name of a lab that is up, or nil for the lab of the folder.
    /// - Throws: ``LabError`` when there is no such lab, ``InvalidLabFile`` when its file cannot be used.
    public func find(_ argument: String?) throws -> Found {
        guard let argument else { return try findHere() }
        let path = argument.hasPrefix("/") ? URL(filePath: argument) : directory.appending(path: argument)
        let looksLikeFile = argument.contains("/") || argument.hasSuffix(".yaml") || argument.hasSuffix(".yml")
        if looksLikeFile || (isFile(path) && !Names.isLab(argument)) {
            guard isFile(path) else { throw LabError("there is no file \(argument)") }
            return try read(path)
        }
        if let state = try store.load(argument) { return try read(state) }
        for candidate in ["\(argument).lab.yaml", "\(argument).yaml", "labs/\(argument).yaml"] {
            let file = directory.appending(path: candidate)
            if isFile(file) { return try read(file) }
        }
        let up = store.labs().map(\.name)
        let meant = Spelling.closest(to: argument, among: up).map { "; did you mean \"\($0)\"?" } ?? ""
        throw LabError(
            "no lab \"\(argument)\": it is not up and there is no file \(argument).yaml here\(meant)"
                + (up.isEmpty ? "" : "\nLabs that are up: \(up.joined(separator: ", "))"))
    }

    private func findHere() throws -> Found {
        for name in ["lab.yaml", "lab.yml"] {
            let file = directory.appending(path: name)
            if isFile(file) { return try read(file) }
        }
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? [])
            .filter { $0.hasSuffix(".lab.yaml") || $0.hasSuffix(".lab.yml") }.sorted()
        if files.count == 1 { return try read(directory.appending(path: files[0])) }
        if files.count > 1 { throw LabError("there are several labs here (\(files.joined(separator: ", "))): say which one") }
        let up = store.labs()
        if up.count == 1, let only = up.first { return try read(only) }
        throw LabError(
            "there is no lab.yaml here: name a lab file"
                + (up.isEmpty ? "" : ", or a lab that is up (\(up.map(\.name).joined(separator: ", ")))"))
    }

    private func read(_ file: URL) throws -> Found {
        do {
            let (topology, source, warnings) = try TopologyReader.read(file: file)
            return Found(topology: topology, file: file.absoluteURL.standardizedFileURL, source: source, warnings: warnings)
        } catch var error as InvalidLabFile {
            // As a person here would write it.
            let here = directory.path.hasSuffix("/") ? directory.path : directory.path + "/"
            if error.file.hasPrefix(here) { error.file = String(error.file.dropFirst(here.count)) }
            throw error
        } catch {
            throw LabError("cannot read \(file.path): \(error.localizedDescription)")
        }
    }

    private func read(_ state: LabState) throws -> Found {
        Found(topology: try state.topology(), file: URL(filePath: state.file), source: state.source, warnings: [])
    }

    private func isFile(_ url: URL) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) && !isDirectory.boolValue
    }
}
