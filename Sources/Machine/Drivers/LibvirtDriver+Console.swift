import Foundation
import Libvirt

extension LibvirtDriver {
    func consoleTail() async -> String? {
        let path = try? await host.perform { try DiskPool.find($0)?.consoleLog(of: name) }
        // On another host, or where only root may read it, there is the console itself.
        guard let path = path ?? nil, let data = FileManager.default.contents(atPath: path) else { return nil }
        let lines = String(decoding: data.suffix(16 << 10), as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.isEmpty ? nil : lines.suffix(20).joined(separator: "\n")
    }
}
