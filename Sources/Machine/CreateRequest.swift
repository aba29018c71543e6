/// A machine that a person asks for.
public struct CreateRequest: Sendable {
    public var name: String
    /// As asked for; decides the driver and is shown in `ls`.
    public var driverName = "libvirt"
    /// Mebibytes.
    public var memoryMiB = 1024
    public var cpus = 1
    /// Megabytes (10⁶ bytes).
    public var diskMB = 20_000
    /// A libvirt network that exists; nil takes the lab network, made on first use.
    public var network: String?
    /// The lab network's subnet, with the host's address in it.
    public var cidr: IPv4Subnet?
    /// The machine's address; nil takes the lowest free one.
    public var address: String?
    /// Digest of a guest image, or a beginning of it; nil takes the current one.
    public var image: String?
    /// Boot it instead of forking the frozen template.
    public var startsCold = false
    /// What runs the swarm in it.
    public var orchestrator = Orchestrator.engine
    public var sshUser = "docker"
    public var engine = EngineOptions()
    /// Extra names for the engine's certificate.
    public var serverNames: [String] = []
    /// Leave what a failed create has made, for a person to look at.
    public var keepsOnFailure = false
    /// How long each wait may take.
    public var timeout: Duration = .seconds(300)

    /// Driver `none`: where the engine is.
    public var url = ""
    /// Driver `generic`: the host that exists.
    public var host = ""
    public var sshPort = 22
    /// The key that opens it; empty leaves that to ssh's agent.
    public var sshKey = ""
    public var enginePort = 2376

    public init(name: String) { self.name = name }

    /// Which code is behind a driver's name.
    enum Kind { case libvirt, none, generic }

    /// - Throws: `MachineError.driverNotFound`.
    static func kind(ofDriver name: String) throws -> Kind {
        switch name {
        case "libvirt", "kvm", "kvm2", "qemu", "virtualbox", "hyperv": .libvirt
        case "none": .none
        case "generic": .generic
        default: throw MachineError.driverNotFound(name)
        }
    }
}
