import Foundation

/// Whether machines are forked here, and whether their forks share memory: what `doctor` knows of it, and what it says.
struct ForkOutlook: Sendable, Equatable {
    /// The libvirt that makes machines.
    var uri: String
    /// The template that was made last; nil before the first.
    var newest: Made?
    /// Whether templates may be such that forks share their memory at all.
    var mayShareMemory: Bool
    /// What keeps QEMU from files that libvirt did not give it.
    var confinement: [Confinement]
    /// The folder that templates are in.
    var pool: String

    /// What shows in a template whether QEMU could open the file with its memory.
    struct Made: Sendable, Equatable {
        var digest: String
        var sharesMemory: Bool
    }

    /// The two security drivers of libvirt's that confine QEMU to files of its domain (libvirt's driver for QEMU, "Security").
    enum Confinement: String, Sendable, CaseIterable {
        case appArmor = "apparmor"
        case seLinux = "selinux"

        var name: String { self == .appArmor ? "AppArmor" : "SELinux" }
    }

    /// The security drivers that a host's capabilities name (libvirt's capabilities XML, `secmodel`).
    static func confinement(inCapabilities xml: String) -> [Confinement] {
        let models = xml.components(separatedBy: "<secmodel>").dropFirst().compactMap {
            $0.components(separatedBy: "<model>").dropFirst().first?.components(separatedBy: "</model>").first
        }
        return Confinement.allCases.filter { models.contains($0.rawValue) }
    }

    var finding: Finding {
        guard TemplateBuilder.isPossible(uri: uri) else {
            return Finding(.warning, "forks", "\(uri) is on another host: machines are booted there, not forked")
        }
        guard mayShareMemory else {
            return Finding(
                .good, "forks", "each gets a copy of its template's memory, because SWARMLAB_TEMPLATE_MEMORY says \"copied\"")
        }
        let names = confinement.map(\.name).joined(separator: " and ")
        guard let newest else {
            guard !confinement.isEmpty else {
                return Finding(.good, "forks", "nothing keeps QEMU from sharing a template's memory")
            }
            return Finding(
                .warning, "forks",
                "\(names) confines QEMU here and may keep it from sharing a template's memory: then each fork gets a copy",
                remedy: remedy)
        }
        guard !newest.sharesMemory else {
            return Finding(.good, "forks", "share the memory of template \(newest.digest)")
        }
        return Finding(
            .warning, "forks",
            "each gets a copy of the memory of template \(newest.digest): QEMU could not have it in a file"
                + (names.isEmpty ? "" : ", probably because of \(names)"),
            remedy: [remedy, "\(Program.name) image rm \(newest.digest)"].compactMap { $0 }.joined(separator: " && "))
    }

    /// The command that lets QEMU open what templates' memory is in (docs/forking.md).
    private var remedy: String? {
        switch confinement.first {
        case .appArmor:
            "echo '\(pool)/template-*.ram rw,' | sudo tee -a /etc/apparmor.d/local/abstractions/libvirt-qemu"
        case .seLinux:
            "sudo semanage fcontext -a -t svirt_image_t \(pool) && sudo restorecon \(pool)"
        case nil: nil
        }
    }
}
