import Foundation

extension Command {
    /// The path of a program as a shell would find it: itself if it has a slash, else the first match in `PATH`.
    public static func path(of name: String) -> String? {
        let files = FileManager.default
        if name.contains("/") { return files.isExecutableFile(atPath: name) ? name : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        // Daemons such as dnsmasq live in sbin, which is not on every person's PATH.
        return (path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin"])
            .map { $0 + "/" + name }
            .first { files.isExecutableFile(atPath: $0) }
    }
}
