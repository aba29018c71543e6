import Machine

/// Everything that `create` was told, checked.
public struct CreateOptions: Sendable, Equatable {
    /// The machines to create, at least one, all different.
    public var names: [String]
    /// The driver's name as it was asked for, which is the one shown.
    public var driverName: String
    /// What the machines are made of.
    public var target: Target
    /// How their engines are configured.
    public var engine: EngineOptions
    /// More names and addresses for the server certificates.
    public var tlsSANs: [String]
    /// Leave what was made when a creation fails.
    public var keepOnFailure: Bool
    /// How many machines are created at the same time, at least 1.
    public var parallel: Int
    /// Seconds that each machine has to come up.
    public var timeoutSeconds: Int
    /// One line for every flag that was given and has no effect.
    public var warnings: [String]

    /// What stands behind a machine.
    public enum Target: Sendable, Equatable {
        case virtualMachine(VirtualMachine)
        case url(String)
        case host(ExistingHost)
    }

    /// A virtual machine to make.
    public struct VirtualMachine: Sendable, Equatable {
        /// Memory in MiB.
        public var memoryMiB: Int
        /// Virtual CPUs; "as many as the host has" is already a number here.
        public var cpus: Int
        /// Disk size in MB (10^6 bytes).
        public var diskMB: Int
        /// The libvirt network; nil for the program's own.
        public var network: String?
        /// The subnet of that network and the host's address in it; nil to choose a free one.
        public var subnet: IPv4Subnet?
        /// The address of the machine; nil for the next free one. Only with a single name.
        public var address: String?
        /// The image's digest or path; nil for the newest.
        public var image: String?
        /// The guest's user.
        public var sshUser: String
        /// Boot instead of forking a template.
        public var startsCold: Bool
        /// What runs the swarm in it.
        public var orchestrator: Orchestrator
    }

    /// An existing host, reached over SSH.
    public struct ExistingHost: Sendable, Equatable {
        public var address: String
        public var enginePort: Int
        public var sshUser: String
        /// Path of the private key; nil for what ssh chooses itself.
        public var sshKey: String?
        public var sshPort: Int
    }

    /// How an engine is configured.
    public struct EngineOptions: Sendable, Equatable {
        /// Where a host without Docker gets it from.
        public var installURL: String
        /// Options as `flag=value`.
        public var options: [String]
        public var insecureRegistries: [String]
        public var registryMirrors: [String]
        /// Labels as `key=value`.
        public var labels: [String]
        /// Storage driver; empty for the default.
        public var storageDriver: String
        /// Environment variables as `KEY=value`.
        public var environment: [String]
    }
}
