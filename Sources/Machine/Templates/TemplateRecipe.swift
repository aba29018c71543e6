import Crypto
import Foundation
import Libvirt

/// All that a template depends upon: where any of it changes, it is another template.
struct TemplateRecipe: Sendable {
    var image: GuestImage
    var base: DiskPool.BaseImage
    var memoryMiB: Int
    var cpus: Int
    var hardwareAcceleration: Bool
    /// What is put into the machines; nil where the engine is all they need.
    var injected: InjectedDisk?
    /// QEMU's version, and its file's size and time where that can be seen.
    var hypervisor: String
    /// Whether forks may share memory; false makes a template of which every fork has a copy.
    var mayShareMemory: Bool

    /// The card's address in the template; every fork gets its own before its card comes up.
    static let mac = "52:54:00:00:00:01"

    var digest: String {
        let text = [image.digest, hypervisor, mayShareMemory ? "shared" : "copied", domain(name: "-", uuid: "-").text]
        let hash = SHA256.hash(data: Data(text.joined(separator: "\0").utf8))
        return hash.prefix(6).hexadecimal
    }

    /// A domain as the template's.
    func domain(name: String, uuid: String) -> DomainXML {
        DomainXML(
            name: name, uuid: uuid, memoryMiB: memoryMiB, cpus: cpus, hardwareAcceleration: hardwareAcceleration, base: base,
            disk: "-", injected: injected, network: nil, mac: Self.mac, store: "-")
    }

    /// What QEMU is on the host that this connection leads to. Blocks.
    fileprivate static func hypervisor(_ connection: Connection) throws -> String {
        let capabilities = try connection.domainCapabilities()
        let path = XMLText.text(at: "path", in: capabilities) ?? "-"
        let file = try? FileManager.default.attributesOfItem(atPath: path)
        let modified = (file?[.modificationDate] as? Date)?.timeIntervalSince1970
        return try "\(path) \(connection.hypervisorVersion) \(file?[.size] ?? "-") \(modified.map { "\($0)" } ?? "-")"
    }

}

extension TemplateRecipe {
    /// What machines of that size are forked from on that host.
    init(
        image: GuestImage, base: DiskPool.BaseImage, memoryMiB: Int, cpus: Int, hardwareAcceleration: Bool,
        injected: InjectedDisk? = nil, host: LibvirtHost
    ) async throws {
        self.image = image
        self.base = base
        self.memoryMiB = memoryMiB
        self.cpus = cpus
        self.hardwareAcceleration = hardwareAcceleration
        self.injected = injected
        self.hypervisor = try await host.perform { try Self.hypervisor($0) }
        self.mayShareMemory = Template.mayShareMemory
    }
}
