/// The container of a task.
public struct ContainerSpec: Codable, Sendable, Equatable {
    public var image: String?
    public var labels: [String: String]?
    /// The entry point.
    public var command: [String]?
    public var arguments: [String]?
    public var hostname: String?
    /// `NAME=value`
    public var environment: [String]?
    public var directory: String?
    public var user: String?
    public var groups: [String]?
    public var privileges: Privileges?
    /// Whether an init process runs in it.
    public var usesInit: Bool?
    public var stopSignal: String?
    public var tty: Bool?
    public var openStdin: Bool?
    public var readOnly: Bool?
    public var mounts: [Mount]?
    /// Nanoseconds.
    public var stopGracePeriod: Int64?
    public var healthcheck: Healthcheck?
    /// `address name…`
    public var hosts: [String]?
    public var dns: DNSConfig?
    public var secrets: [SecretReference]?
    public var configs: [ConfigReference]?
    public var isolation: String?
    public var sysctls: [String: String]?
    public var capabilityAdd: [String]?
    public var capabilityDrop: [String]?
    public var ulimits: [Ulimit]?
    public var oomScoreAdjustment: Int64?
    /// Added by managers: what registries are shown for the image. Never part of an answer.
    public var registryAuthentication: String?

    public struct Privileges: Codable, Sendable, Equatable {
        public var credentialSpec: CredentialSpec?
        public var seLinux: SELinux?
        public var seccomp: Seccomp?
        public var appArmor: AppArmor?
        public var noNewPrivileges: Bool?

        public init(
            credentialSpec: CredentialSpec? = nil, seLinux: SELinux? = nil, seccomp: Seccomp? = nil, appArmor: AppArmor? = nil,
            noNewPrivileges: Bool? = nil
        ) {
            self.credentialSpec = credentialSpec
            self.seLinux = seLinux
            self.seccomp = seccomp
            self.appArmor = appArmor
            self.noNewPrivileges = noNewPrivileges
        }

        enum CodingKeys: String, CodingKey {
            case credentialSpec = "CredentialSpec"
            case seLinux = "SELinuxContext"
            case seccomp = "Seccomp"
            case appArmor = "AppArmor"
            case noNewPrivileges = "NoNewPrivileges"
        }
    }

    public struct CredentialSpec: Codable, Sendable, Equatable {
        public var config: String?
        public var file: String?
        public var registry: String?

        public init(config: String? = nil, file: String? = nil, registry: String? = nil) {
            self.config = config
            self.file = file
            self.registry = registry
        }

        enum CodingKeys: String, CodingKey {
            case config = "Config"
            case file = "File"
            case registry = "Registry"
        }
    }

    public struct SELinux: Codable, Sendable, Equatable {
        public var isDisabled: Bool?
        public var user: String?
        public var role: String?
        public var kind: String?
        public var level: String?

        public init(
            isDisabled: Bool? = nil, user: String? = nil, role: String? = nil, kind: String? = nil, level: String? = nil
        ) {
            self.isDisabled = isDisabled
            self.user = user
            self.role = role
            self.kind = kind
            self.level = level
        }

        enum CodingKeys: String, CodingKey {
            case isDisabled = "Disable"
            case user = "User"
            case role = "Role"
            case kind = "Type"
            case level = "Level"
        }
    }

    public struct Seccomp: Codable, Sendable, Equatable {
        public var mode: String?
        /// Base64.
        public var profile: String?

        public init(mode: String? = nil, profile: String? = nil) {
            self.mode = mode
            self.profile = profile
        }

        enum CodingKeys: String, CodingKey {
            case mode = "Mode"
            case profile = "Profile"
        }
    }

    public struct AppArmor: Codable, Sendable, Equatable {
        public var mode: String?

        public init(mode: String? = nil) {
            self.mode = mode
        }

        enum CodingKeys: String, CodingKey {
            case mode = "Mode"
        }
    }

    public struct DNSConfig: Codable, Sendable, Equatable {
        public var nameservers: [String]?
        public var search: [String]?
        public var options: [String]?

        public init(nameservers: [String]? = nil, search: [String]? = nil, options: [String]? = nil) {
            self.nameservers = nameservers
            self.search = search
            self.options = options
        }

        enum CodingKeys: String, CodingKey {
            case nameservers = "Nameservers"
            case search = "Search"
            case options = "Options"
        }
    }

    public struct Ulimit: Codable, Sendable, Equatable {
        public var name: String?
        public var hard: Int64?
        public var soft: Int64?

        public init(name: String? = nil, hard: Int64? = nil, soft: Int64? = nil) {
            self.name = name
            self.hard = hard
            self.soft = soft
        }

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case hard = "Hard"
            case soft = "Soft"
        }
    }

    public init(
        image: String? = nil, labels: [String: String]? = nil, command: [String]? = nil, arguments: [String]? = nil,
        hostname: String? = nil, environment: [String]? = nil, directory: String? = nil, user: String? = nil,
        groups: [String]? = nil, privileges: Privileges? = nil, usesInit: Bool? = nil, stopSignal: String? = nil,
        tty: Bool? = nil, openStdin: Bool? = nil, readOnly: Bool? = nil, mounts: [Mount]? = nil, stopGracePeriod: Int64? = nil,
        healthcheck: Healthcheck? = nil, hosts: [String]? = nil, dns: DNSConfig? = nil, secrets: [SecretReference]? = nil,
        configs: [ConfigReference]? = nil, isolation: String? = nil, sysctls: [String: String]? = nil,
        capabilityAdd: [String]? = nil, capabilityDrop: [String]? = nil, ulimits: [Ulimit]? = nil,
        oomScoreAdjustment: Int64? = nil, registryAuthentication: String? = nil
    ) {
        self.image = image
        self.labels = labels
        self.command = command
        self.arguments = arguments
        self.hostname = hostname
        self.environment = environment
        self.directory = directory
        self.user = user
        self.groups = groups
        self.privileges = privileges
        self.usesInit = usesInit
        self.stopSignal = stopSignal
        self.tty = tty
        self.openStdin = openStdin
        self.readOnly = readOnly
        self.mounts = mounts
        self.stopGracePeriod = stopGracePeriod
        self.healthcheck = healthcheck
        self.hosts = hosts
        self.dns = dns
        self.secrets = secrets
        self.configs = configs
        self.isolation = isolation
        self.sysctls = sysctls
        self.capabilityAdd = capabilityAdd
        self.capabilityDrop = capabilityDrop
        self.ulimits = ulimits
        self.oomScoreAdjustment = oomScoreAdjustment
        self.registryAuthentication = registryAuthentication
    }

    enum CodingKeys: String, CodingKey {
        case image = "Image"
        case labels = "Labels"
        case command = "Command"
        case arguments = "Args"
        case hostname = "Hostname"
        case environment = "Env"
        case directory = "Dir"
        case user = "User"
        case groups = "Groups"
        case privileges = "Privileges"
        case usesInit = "Init"
        case stopSignal = "StopSignal"
        case tty = "TTY"
        case openStdin = "OpenStdin"
        case readOnly = "ReadOnly"
        case mounts = "Mounts"
        case stopGracePeriod = "StopGracePeriod"
        case healthcheck = "Healthcheck"
        case hosts = "Hosts"
        case dns = "DNSConfig"
        case secrets = "Secrets"
        case configs = "Configs"
        case isolation = "Isolation"
        case sysctls = "Sysctls"
        case capabilityAdd = "CapabilityAdd"
        case capabilityDrop = "CapabilityDrop"
        case ulimits = "Ulimits"
        case oomScoreAdjustment = "OomScoreAdj"
        case registryAuthentication = "SwarmlabRegistryAuth"
    }
}

/// How the engine tells whether a container is well. Durations are nanoseconds.
public struct Healthcheck: Codable, Sendable, Equatable {
    /// Empty is the image's own; `NONE`, `CMD …` or `CMD-SHELL …`.
    public var test: [String]?
    public var interval: Int64?
    public var timeout: Int64?
    public var startPeriod: Int64?
    public var startInterval: Int64?
    public var retries: Int64?

    public init(
        test: [String]? = nil, interval: Int64? = nil, timeout: Int64? = nil, startPeriod: Int64? = nil,
        startInterval: Int64? = nil, retries: Int64? = nil
    ) {
        self.test = test
        self.interval = interval
        self.timeout = timeout
        self.startPeriod = startPeriod
        self.startInterval = startInterval
        self.retries = retries
    }

    enum CodingKeys: String, CodingKey {
        case test = "Test"
        case interval = "Interval"
        case timeout = "Timeout"
        case startPeriod = "StartPeriod"
        case startInterval = "StartInterval"
        case retries = "Retries"
    }
}

/// What is mounted into a container.
public struct Mount: Codable, Sendable, Equatable {
    /// `bind`, `volume`, `tmpfs`, `npipe` or `cluster`.
    public var kind: String?
    public var source: String?
    public var target: String?
    public var readOnly: Bool?
    public var consistency: String?
    public var bind: Bind?
    public var volume: Volume?
    public var tmpfs: Tmpfs?

    public struct Bind: Codable, Sendable, Equatable {
        public var propagation: String?
        public var nonRecursive: Bool?
        public var createMountpoint: Bool?
        public var readOnlyNonRecursive: Bool?
        public var readOnlyForceRecursive: Bool?

        public init(
            propagation: String? = nil, nonRecursive: Bool? = nil, createMountpoint: Bool? = nil,
            readOnlyNonRecursive: Bool? = nil, readOnlyForceRecursive: Bool? = nil
        ) {
            self.propagation = propagation
            self.nonRecursive = nonRecursive
            self.createMountpoint = createMountpoint
            self.readOnlyNonRecursive = readOnlyNonRecursive
            self.readOnlyForceRecursive = readOnlyForceRecursive
        }

        enum CodingKeys: String, CodingKey {
            case propagation = "Propagation"
            case nonRecursive = "NonRecursive"
            case createMountpoint = "CreateMountpoint"
            case readOnlyNonRecursive = "ReadOnlyNonRecursive"
            case readOnlyForceRecursive = "ReadOnlyForceRecursive"
        }
    }

    public struct Volume: Codable, Sendable, Equatable {
        public var noCopy: Bool?
        public var labels: [String: String]?
        public var subpath: String?
        public var driver: LogDriver?

        public init(noCopy: Bool? = nil, labels: [String: String]? = nil, subpath: String? = nil, driver: LogDriver? = nil) {
            self.noCopy = noCopy
            self.labels = labels
            self.subpath = subpath
            self.driver = driver
        }

        enum CodingKeys: String, CodingKey {
            case noCopy = "NoCopy"
            case labels = "Labels"
            case subpath = "Subpath"
            case driver = "DriverConfig"
        }
    }

    public struct Tmpfs: Codable, Sendable, Equatable {
        public var sizeBytes: Int64?
        public var mode: UInt32?
        public var options: [[String]]?

        public init(sizeBytes: Int64? = nil, mode: UInt32? = nil, options: [[String]]? = nil) {
            self.sizeBytes = sizeBytes
            self.mode = mode
            self.options = options
        }

        enum CodingKeys: String, CodingKey {
            case sizeBytes = "SizeBytes"
            case mode = "Mode"
            case options = "Options"
        }
    }

    public init(
        kind: String? = nil, source: String? = nil, target: String? = nil, readOnly: Bool? = nil, consistency: String? = nil,
        bind: Bind? = nil, volume: Volume? = nil, tmpfs: Tmpfs? = nil
    ) {
        self.kind = kind
        self.source = source
        self.target = target
        self.readOnly = readOnly
        self.consistency = consistency
        self.bind = bind
        self.volume = volume
        self.tmpfs = tmpfs
    }

    enum CodingKeys: String, CodingKey {
        case kind = "Type"
        case source = "Source"
        case target = "Target"
        case readOnly = "ReadOnly"
        case consistency = "Consistency"
        case bind = "BindOptions"
        case volume = "VolumeOptions"
        case tmpfs = "TmpfsOptions"
    }
}

/// Where a container finds a secret's or a config's data.
public struct FileTarget: Codable, Sendable, Equatable {
    public var name: String?
    public var uid: String?
    public var gid: String?
    /// Permissions, as a number: 292 is 0444.
    public var mode: UInt32?

    public init(name: String? = nil, uid: String? = nil, gid: String? = nil, mode: UInt32? = nil) {
        self.name = name
        self.uid = uid
        self.gid = gid
        self.mode = mode
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case uid = "UID"
        case gid = "GID"
        case mode = "Mode"
    }
}

public struct SecretReference: Codable, Sendable, Equatable {
    public var file: FileTarget?
    public var secretID: String?
    public var secretName: String?

    public init(file: FileTarget? = nil, secretID: String? = nil, secretName: String? = nil) {
        self.file = file
        self.secretID = secretID
        self.secretName = secretName
    }

    enum CodingKeys: String, CodingKey {
        case file = "File"
        case secretID = "SecretID"
        case secretName = "SecretName"
    }
}

public struct ConfigReference: Codable, Sendable, Equatable {
    public var file: FileTarget?
    /// The config is for the engine, such as a credential spec, and not for a file.
    public var runtime: ServiceMode.Empty?
    public var configID: String?
    public var configName: String?

    public init(
        file: FileTarget? = nil, runtime: ServiceMode.Empty? = nil, configID: String? = nil, configName: String? = nil
    ) {
        self.file = file
        self.runtime = runtime
        self.configID = configID
        self.configName = configName
    }

    enum CodingKeys: String, CodingKey {
        case file = "File"
        case runtime = "Runtime"
        case configID = "ConfigID"
        case configName = "ConfigName"
    }
}
