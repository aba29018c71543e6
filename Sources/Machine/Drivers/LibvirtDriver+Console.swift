import Foundation

extension LibvirtDriver {
    /// Where libvirt keeps what the guest writes to its serial console, on libvirt's host.
    var consoleLog: String { "/var/log/libvirt/qemu/\(name)-console.log" }

    func consoleTail() async -> String? {
        guard let data = FileManager.default.contents(atPath: consoleLog) else { return nil }
        let lines = String(decoding: data.suffix(16 << 10), as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.isEmpty ? nil : lines.suffix(20).joined(separator: "\n")
    }

    func removeConsoleLog() {
        // libvirt does not remove it with the domain; on another host, or without the right, it stays.
        try? FileManager.default.removeItem(atPath: consoleLog)
    }
}
