internal import CLibvirt
import Foundation

/// A version number of libvirt's or of the hypervisor's.
public struct LibvirtVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The three parts.
    public var major: Int, minor: Int, micro: Int

    /// The version made of these parts.
    public init(major: Int, minor: Int, micro: Int) {
        (self.major, self.minor, self.micro) = (major, minor, micro)
    }

    /// libvirt packs versions as major × 1 000 000 + minor × 1000 + micro.
    init(packed: UInt) {
        self.init(major: Int(packed / 1_000_000), minor: Int(packed / 1000 % 1000), micro: Int(packed % 1000))
    }

    /// `9.0.0`
    public var description: String { "\(major).\(minor).\(micro)" }

    /// Orders by major, then minor, then micro.
    public static func < (left: LibvirtVersion, right: LibvirtVersion) -> Bool {
        (left.major, left.minor, left.micro) < (right.major, right.minor, right.micro)
    }
}

/// What the host has.
public struct NodeInfo: Hashable, Sendable {
    /// The CPU architecture (`x86_64`).
    public var model: String
    /// Logical processors that are online.
    public var cores: Int
    /// Memory, in kibibytes.
    public var memoryKibibytes: UInt64

    /// A host of these parts.
    public init(model: String, cores: Int, memoryKibibytes: UInt64) {
        (self.model, self.cores, self.memoryKibibytes) = (model, cores, memoryKibibytes)
    }
}

extension Connection {
    /// The version of the libvirt that answers (the daemon's, not this client's).
    public var libvirtVersion: LibvirtVersion {
        get throws(LibvirtError) {
            var packed: UInt = 0
            try check(virConnectGetLibVersion(handle, &packed), "read libvirt's version")
            return LibvirtVersion(packed: packed)
        }
    }

    /// The version of the hypervisor that the driver runs (QEMU's).
    public var hypervisorVersion: LibvirtVersion {
        get throws(LibvirtError) {
            var packed: UInt = 0
            try check(virConnectGetVersion(handle, &packed), "read the hypervisor's version")
            return LibvirtVersion(packed: packed)
        }
    }

    /// The host's processors and memory.
    public var nodeInfo: NodeInfo {
        get throws(LibvirtError) {
            var info = virNodeInfo()
            try check(virNodeGetInfo(handle, &info), "read what the host has")
            let model = withUnsafeBytes(of: info.model) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            return NodeInfo(model: model, cores: Int(info.cpus), memoryKibibytes: UInt64(info.memory))
        }
    }

    /// What host and hypervisor can do, as libvirt's `<capabilities>` document.
    public func capabilities() throws(LibvirtError) -> String {
        try takeString(virConnectGetCapabilities(handle), "read the host's capabilities")
    }

    /// What a domain of this kind can have, as libvirt's `<domainCapabilities>` document; nil leaves the choice to libvirt.
    /// - Parameter virtualizationType: `kvm` or `qemu`.
    public func domainCapabilities(
        emulator: String? = nil, arch: String? = nil, machine: String? = nil, virtualizationType: String? = nil
    ) throws(LibvirtError) -> String {
        try takeString(
            virConnectGetDomainCapabilities(handle, emulator, arch, machine, virtualizationType, 0),
            "read what domains of type \(virtualizationType ?? "any") can have")
    }

    /// The user and group that QEMU runs as (the base label of security model `dac`); nil where libvirt does not say.
    ///
    /// - Parameter virtualizationType: `kvm` or `qemu`.
    public func hypervisorOwner(virtualizationType: String) throws(LibvirtError) -> (user: UInt32, group: UInt32)? {
        Self.owner(virtualizationType: virtualizationType, inCapabilities: try capabilities())
    }

    static func owner(virtualizationType: String, inCapabilities text: String) -> (user: UInt32, group: UInt32)? {
        let label = "<baselabel type='\(virtualizationType)'>"
        for model in text.components(separatedBy: "<secmodel>").dropFirst() where model.contains("<model>dac</model>") {
            guard let value = model.components(separatedBy: label).dropFirst().first?.split(separator: "<").first else {
                continue
            }
            let numbers = value.split(separator: ":").compactMap { UInt32($0.drop { $0 == "+" }) }
            if numbers.count == 2 { return (numbers[0], numbers[1]) }
        }
        return nil
    }
}
