import DockerAPI
import FoundationEssentials
import SwarmSecurity
import SwarmStore

/// What a backup tells of itself, in its first line.
struct BackupManifest: Codable, Equatable {
    static let format = "swarmd backup"
    /// Goes up whenever a former version could not restore what is written now.
    static let version = 1

    var format = BackupManifest.format
    var version = BackupManifest.version
    var createdAt: Timestamp
    /// The node that it was made on, and that the restored one will be.
    var nodeID: String
    var listenAddress: String
    var advertiseAddress: String
    var dataPathAddress: String
    /// What opens the values, as it is on that node's disk: with autolock sealed by the unlock key (`KeyFile`).
    var dataKey: String

    /// Whether the unlock key is needed to restore the swarm.
    var isSealed: Bool { KeyFile.isSealed(dataKey) }
}

/// A value of the store as it is there: sealed.
struct BackupEntry: Codable, Equatable {
    var key: String
    var value: Data
}

/// The file of a backup: lines of JSON. The first is the manifest, then there is one for each entry of the store, and the last has
/// the SHA-256 of all lines before it. Its revisions are not in it: a store made from it counts its own.
enum BackupFile {
    /// Longer than any line is: the store takes values of 4 MiB at most.
    static let lineLimit = 16 << 20

    /// Writes a backup with mode 0600, whole or not at all.
    ///
    /// - Throws: `BackupError`; the file is as it was then.
    static func write(_ manifest: BackupManifest, _ entries: [BackupEntry], to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try BackupError.wrapping {
            try FileSystem.replace(path, suffix: ".partial") { write in
                var digest = StreamDigest()
                func put(_ line: Data) throws {
                    let bytes = Array(line) + [UInt8(ascii: "\n")]
                    digest.update(bytes)
                    try write(bytes)
                }
                try put(encoder.encode(manifest))
                for entry in entries { try put(encoder.encode(entry)) }
                try write(Array(lastLine(digest.text).utf8))
            }
        }
    }

    static func lastLine(_ digest: String) -> String { lastLineBegin + digest + "\"}\n" }
    static let lastLineBegin = #"{"sha256":""#
}

/// Why there is no backup, or none was restored: what was being done, what happened, what to do next.
public struct BackupError: Error, Equatable, CustomStringConvertible {
    public var description: String

    init(_ description: String) { self.description = description }

    /// What `body` answers; refusals of the modules below are thrown as this error.
    static func wrapping<Answer>(_ body: () throws -> Answer) throws -> Answer {
        do {
            return try body()
        } catch let error as SecurityError {
            throw BackupError(error.message)
        } catch let error as APIError {
            throw BackupError(error.message)
        }
    }
}
