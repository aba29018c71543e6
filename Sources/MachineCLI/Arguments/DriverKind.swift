import Foundation
import GoFlags
import GoTemplate

/// What stands behind a driver name.
public enum DriverKind: Sendable, Equatable {
    /// A virtual machine made with libvirt.
    case libvirt
    /// An existing Docker endpoint, nothing but its URL.
    case none
    /// An existing host reached over SSH.
    case generic

    /// The driver when neither `--driver` nor `MACHINE_DRIVER` names one. docker-machine took `virtualbox` here.
    public static let defaultName = "libvirt"

    /// The names that lead to libvirt; the one that was asked for is the one shown.
    public static let libvirtNames = ["libvirt", "kvm", "kvm2", "qemu", "virtualbox", "hyperv"]

    /// Every name that `create --driver` takes.
    public static let allNames = libvirtNames + ["generic", "none"]

    /// nil when there is no driver of that name.
    public init?(_ name: String) {
        switch name {
        case "none": self = .none
        case "generic": self = .generic
        case let name where Self.libvirtNames.contains(name): self = .libvirt
        default: return nil
        }
    }

    /// The error for a driver that does not exist; docker-machine's words.
    static func notFound(_ name: String) -> String {
        "Driver \(goQuote(name)) not found. Do you have the plugin binary "
            + "\(goQuote("docker-machine-driver-\(name)")) accessible in your PATH?"
    }

    /// The flags understood under a driver's name, those of that name first. Every name that leads to libvirt understands the flags of all of
    /// them: scripts that relied on docker-machine's default driver pass `--virtualbox-memory` without naming a driver.
    func flags(for name: String) -> [DriverFlag] {
        let own = helpFlags(for: name)
        // Understood to say what is wrong with it.
        guard self == .libvirt else { return own + [DriverFlag.cold] }
        let others = Self.libvirtNames.filter { $0 != name }.flatMap { DriverFlag.byName[$0] ?? [] }
        return own + others.filter { other in !own.contains { $0.flag.name == other.flag.name } }
    }

    /// The flags that help shows under a driver's name.
    func helpFlags(for name: String) -> [DriverFlag] {
        let own = DriverFlag.byName[name] ?? []
        return self == .libvirt && name != Self.defaultName ? own + DriverFlag.libvirt : own
    }
}

/// Finds out which driver a `create` asks for before its flags are known.
enum DriverChoice {
    static func name(in arguments: [String], environment: [String: String]) -> String {
        let everything = CreateFlags.shared + DriverKind.allNames.flatMap { DriverFlag.byName[$0] ?? [] }.map(\.flag)
        if let parsed = try? FlagSet(everything).parse(arguments, environment: environment) {
            return parsed.string("driver")
        }
        // A wrong flag somewhere. Whether the driver exists is still the first thing to say.
        return spelledOut(arguments) ?? environment["MACHINE_DRIVER"].flatMap { $0.isEmpty ? nil : $0 }
            ?? DriverKind.defaultName
    }

    private static func spelledOut(_ arguments: [String]) -> String? {
        let spellings = ["-d", "--d", "-driver", "--driver"]
        for (index, word) in arguments.enumerated() {
            if word == "--" { return nil }
            if spellings.contains(word), index + 1 < arguments.count { return arguments[index + 1] }
            if let spelling = spellings.first(where: { word.hasPrefix("\($0)=") }) {
                return String(word.dropFirst(spelling.count + 1))
            }
        }
        return nil
    }
}
