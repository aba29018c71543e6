import Foundation

/// Something about a lab that a person has to be told; its description says what to do next.
public struct LabError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// The labs that are up, one file each in `<store>/labs`.
public struct LabStore: Sendable {
    public let folder: URL

    /// - Parameter root: the machine store, `~/.docker/machine` for most people.
    public init(root: URL) {
        folder = root.appending(path: "labs")
    }

    /// All labs, in name order. Files that cannot be read are left out.
    public func labs() -> [LabState] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted().compactMap { try? load(String($0.dropLast(5))) }
    }

    /// - Returns: nil when no lab of that name is up.
    public func load(_ name: String) throws -> LabState? {
        guard Names.isLab(name) else { return nil }
        let file = self.file(name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            return try decoder.decode(LabState.self, from: Data(contentsOf: file))
        } catch {
            throw LabError(
                "cannot read what is known of lab \"\(name)\" (\(file.path)): \(error)\n"
                    + "Remove its machines with docker-machine rm, then that file.")
        }
    }

    /// Replaces the lab's file in one step: a reader finds the old one or the new one.
    public func save(_ state: LabState) throws {
        try makeFolder()
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(state).write(to: file(state.name), options: .atomic)
    }

    /// - Throws: ``LabError`` that says what to do when no lab of that name is up.
    func loadUp(_ name: String) throws -> LabState {
        guard let state = try load(name) else { throw LabError("lab \"\(name)\" is not up (lab up)") }
        return state
    }

    /// Forgets a lab. One that is not there is no error.
    public func remove(_ name: String) throws {
        let file = self.file(name)
        if FileManager.default.fileExists(atPath: file.path) { try FileManager.default.removeItem(at: file) }
    }

    /// Keeps other verbs off the lab until the returned lock is released.
    ///
    /// - Throws: ``LabError`` when another verb is at work on it.
    public func lock(_ name: String) throws -> LabLock {
        try makeFolder()
        return try LabLock(folder.appending(path: ".\(name).lock"), lab: name)
    }

    /// The lab that a machine belongs to.
    public func owner(of machine: String) -> String? {
        labs().first { $0.machines.contains(machine) }?.name
    }

    private func file(_ name: String) -> URL { folder.appending(path: "\(name).json") }

    private func makeFolder() throws {
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
}
