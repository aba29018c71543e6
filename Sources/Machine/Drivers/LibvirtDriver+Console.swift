import Foundation
import Libvirt

extension LibvirtDriver {
    func consoleTail() async -> String? { await Self.consoleTail(of: name, on: host) }

    /// The last lines that a domain of ours wrote to its console.
    static func consoleTail(of domain: String, on host: LibvirtHost) async -> String? {
        let path = try? await host.perform { try DiskPool.find($0)?.consoleLog(of: domain) }
        // On another host, or where only root may read it, there is the console itself.
        guard let path = path ?? nil, let data = FileManager.default.contents(atPath: path) else { return nil }
        let lines = String(decoding: data.suffix(16 << 10), as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.isEmpty ? nil : lines.suffix(20).joined(separator: "\n")
    }
}
