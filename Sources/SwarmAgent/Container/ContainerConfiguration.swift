import DockerAPI

/// The body of `POST /containers/create`, as far as tasks need it. What is nil has the engine's default.
struct ContainerConfiguration: Encodable, Sendable, Equatable {
    var image: String
    var hostname: String?
    var user: String?
    var exposedPorts: [String: ServiceMode.Empty]?
    var tty: Bool?
    var openStdin: Bool?
    var environment: [String]?
    var entrypoint: [String]?
    var command: [String]?
    var healthcheck: Healthcheck?
    var directory: String?
    var labels: [String: String]
    var stopSignal: String?
    /// Seconds.
    var stopTimeout: Int64?
    var host = HostConfiguration()
    var networking: NetworkingConfiguration?

    enum CodingKeys: String, CodingKey {
        case image = "Image"
        case hostname = "Hostname"
        case user = "User"
        case exposedPorts = "ExposedPorts"
        case tty = "Tty"
        case openStdin = "OpenStdin"
        case environment = "Env"
        case entrypoint = "Entrypoint"
        case command = "Cmd"
        case healthcheck = "Healthcheck"
        case directory = "WorkingDir"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case stopTimeout = "StopTimeout"
        case host = "HostConfig"
        case networking = "NetworkingConfig"
    }
}

/// `HostConfig`: what the host gives to a container.
struct HostConfiguration: Encodable, Sendable, Equatable {
    var mounts: [Mount]?
    var networkMode: String?
    var portBindings: [String: [PortBinding]]?
    var logConfig: LogConfiguration?
    var memory: Int64?
    var memoryReservation: Int64?
    var nanoCPUs: Int64?
    var pids: Int64?
    var ulimits: [ContainerSpec.Ulimit]?
    var capabilityAdd: [String]?
    var capabilityDrop: [String]?
    var sysctls: [String: String]?
    var usesInit: Bool?
    var readOnly: Bool?
    var nameservers: [String]?
    var searchDomains: [String]?
    var dnsOptions: [String]?
    var extraHosts: [String]?
    var groups: [String]?
    var isolation: String?
    var securityOptions: [String]?
    var oomScoreAdjustment: Int64?

    struct PortBinding: Encodable, Sendable, Equatable {
        /// Empty where the engine is to choose one.
        var hostPort: String

        enum CodingKeys: String, CodingKey { case hostPort = "HostPort" }
    }

    struct LogConfiguration: Encodable, Sendable, Equatable {
        var kind: String
        var options: [String: String]

        enum CodingKeys: String, CodingKey {
            case kind = "Type"
            case options = "Config"
        }
    }

    enum CodingKeys: String, CodingKey {
        case mounts = "Mounts"
        case networkMode = "NetworkMode"
        case portBindings = "PortBindings"
        case logConfig = "LogConfig"
        case memory = "Memory"
        case memoryReservation = "MemoryReservation"
        case nanoCPUs = "NanoCpus"
        case pids = "PidsLimit"
        case ulimits = "Ulimits"
        case capabilityAdd = "CapAdd"
        case capabilityDrop = "CapDrop"
        case sysctls = "Sysctls"
        case usesInit = "Init"
        case readOnly = "ReadonlyRootfs"
        case nameservers = "Dns"
        case searchDomains = "DnsSearch"
        case dnsOptions = "DnsOptions"
        case extraHosts = "ExtraHosts"
        case groups = "GroupAdd"
        case isolation = "Isolation"
        case securityOptions = "SecurityOpt"
        case oomScoreAdjustment = "OomScoreAdj"
    }
}

/// `NetworkingConfig`: the networks that a container begins with.
struct NetworkingConfiguration: Encodable, Sendable, Equatable {
    var endpoints: [String: Endpoint]

    struct Endpoint: Encodable, Sendable, Equatable {
        var addresses: Addresses
        var mac: String

        enum CodingKeys: String, CodingKey {
            case addresses = "IPAMConfig"
            case mac = "MacAddress"
        }
    }

    struct Addresses: Encodable, Sendable, Equatable {
        var address: String

        enum CodingKeys: String, CodingKey { case address = "IPv4Address" }
    }

    enum CodingKeys: String, CodingKey { case endpoints = "EndpointsConfig" }
}
