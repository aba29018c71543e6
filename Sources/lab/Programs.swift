import Foundation

/// Where the steps of a lab find `docker-machine`, which is `machine` under another name.
enum Programs {
    /// The folder of this program if `docker-machine` lies beside it, else a folder in the store with a link to `machine`.
    static func folder(store: URL) throws -> URL {
        let folders = [typedFolder, executableFolder].compactMap { $0 }
        if let folder = folders.first(where: { isProgram("docker-machine", in: $0) }) { return folder }
        let links = store.appending(path: "labs/bin")
        guard let folder = folders.first(where: { isProgram("machine", in: $0) }) else {
            // Then it has to be on the PATH already.
            return folders.first ?? links
        }
        try FileManager.default.createDirectory(at: links, withIntermediateDirectories: true)
        let link = links.appending(path: "docker-machine")
        try? FileManager.default.removeItem(at: link)
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: folder.appending(path: "machine"))
        return links
    }

    /// The folder of the program as it was called: a link counts, not what it leads to.
    private static var typedFolder: URL? {
        let typed = CommandLine.arguments[0]
        if typed.contains("/") { return URL(filePath: typed).absoluteURL.deletingLastPathComponent() }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").map { URL(filePath: String($0)) }.first { isProgram(typed, in: $0) }
    }

    private static var executableFolder: URL? {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .map { URL(filePath: $0).deletingLastPathComponent() }
    }

    private static func isProgram(_ name: String, in folder: URL) -> Bool {
        FileManager.default.isExecutableFile(atPath: folder.appending(path: name).path)
    }
}
