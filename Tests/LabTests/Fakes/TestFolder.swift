import Foundation

/// Folders that tests have to themselves. A test removes its own; what a test left that was killed or that crashed is removed
/// by the next run.
enum TestFolder {
    private static let prefix = "lab-test-"
    private static let parent = FileManager.default.temporaryDirectory

    /// A path at which nothing is yet.
    static func path() -> URL {
        _ = swept
        return parent.appending(path: "\(prefix)\(getpid())-\(UUID().uuidString)")
    }

    private static let swept: Void = {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: parent.path)) ?? [] where name.hasPrefix(prefix) {
            let folder = parent.appending(path: name).path
            let owner = Int32(name.dropFirst(prefix.count).prefix { $0 != "-" })
            let isAlive = owner.map { kill($0, 0) == 0 || errno != ESRCH } ?? false
            let changed = (try? files.attributesOfItem(atPath: folder)[.modificationDate]) as? Date
            // A process of another namespace seems dead from here: time tells.
            guard !isAlive, let changed, Date().timeIntervalSince(changed) > 600 else { continue }
            try? files.removeItem(atPath: folder)
        }
    }()
}
