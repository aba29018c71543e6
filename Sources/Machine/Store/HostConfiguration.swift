import Foundation

/// One machine's `config.json`, with docker-machine's keys (config version 3) and a few of our own.
public struct HostConfiguration: Codable, Sendable, Equatable {
    public var configVersion = 3
    public var name: String
    /// The driver's name as the person asked for it: `virtualbox`, `kvm`, ….
    public var driverName: String
    public var driver: DriverConfiguration
    public var options: HostOptions

    enum CodingKeys: String, CodingKey {
        case configVersion = "ConfigVersion"
        case name = "Name"
        case driverName = "DriverName"
        case driver = "Driver"
        case options = "HostOptions"
    }

    init(name: String, driverName: String, driver: DriverConfiguration, options: HostOptions) {
        self.name = name
        self.driverName = driverName
        self.driver = driver
        self.options = options
    }

    init(contentsOf url: URL) throws {
        let data: Data
        do { data = try Data(contentsOf: url) } catch {
            throw MachineError.unreadable("cannot read \(url.path): \(error.localizedDescription)")
        }
        do { self = try JSONDecoder().decode(Self.self, from: data) } catch {
            throw MachineError.unreadable("cannot understand \(url.path): \(Self.reason(error))")
        }
        guard configVersion <= 3 else {
            throw MachineError.unreadable(
                "config version is from the future -- you should upgrade your Docker Machine client")
        }
    }

    /// The file's text: keys sorted, 4 spaces of indentation, as `inspect` prints it.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    func write(to url: URL) throws { try json().writePrivately(to: url) }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, _): return "\"\(key.stringValue)\" is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\"\(context.codingPath.map(\.stringValue).joined(separator: "."))\" is not what it should be"
        default: return "it is not JSON"
        }
    }
}

/// What a driver knows of its machine. One shape serves all drivers; what does not apply is left out.
public struct DriverConfiguration: Codable, Sendable, Equatable {
    public var ipAddress = ""
    public var machineName: String
    public var sshUser: String
    public var sshPort = 22
    public var sshKeyPath: String
    public var storePath: String
    /// Mebibytes.
    public var memory: Int?
    /// Megabytes (10⁶ bytes), the unit of every driver's `--*-disk-size`.
    public var diskSize: Int?
    public var cpu: Int?

    /// The rest is for machines on libvirt.
    public var libvirtURI: String?
    public var network: String?
    /// The lab network's subnet with the host's address in it, to make it again where somebody removed it.
    public var hostOnlyCIDR: String?
    public var macAddress: String?
    public var domainUUID: String?
    /// Digest of the guest image the machine's disk is layered upon.
    public var image: String?
    /// Digest of the template that the machine was forked from; nil where it was booted.
    public var template: String?
    /// What runs the swarm in it; nil in the files of a program that knew the engine only.
    public var orchestrator: Orchestrator?
    /// Digest of the disk with the orchestrator; nil where the engine itself is that.
    public var injected: String?

    /// The engine's address for driver `none`, and its port for `generic`.
    public var url: String?
    public var enginePort: Int?

    init(machineName: String, sshUser: String, sshKeyPath: String, storePath: String) {
        self.machineName = machineName
        self.sshUser = sshUser
        self.sshKeyPath = sshKeyPath
        self.storePath = storePath
    }

    enum CodingKeys: String, CodingKey {
        case ipAddress = "IPAddress"
        case machineName = "MachineName"
        case sshUser = "SSHUser"
        case sshPort = "SSHPort"
        case sshKeyPath = "SSHKeyPath"
        case storePath = "StorePath"
        case memory = "Memory"
        case diskSize = "DiskSize"
        case cpu = "CPU"
        case libvirtURI = "LibvirtURI"
        case network = "Network"
        case hostOnlyCIDR = "HostOnlyCIDR"
        case macAddress = "MACAddress"
        case domainUUID = "DomainUUID"
        case image = "Image"
        case template = "Template"
        case orchestrator = "Orchestrator"
        case injected = "Injected"
        case url = "URL"
        case enginePort = "EnginePort"
    }
}

/// Options of the machine that no driver cares about.
public struct HostOptions: Codable, Sendable, Equatable {
    public var engine: EngineOptions
    /// What scripts that read `inspect` expect; no machine is part of a classic Swarm.
    public var swarm = SwarmOptions()
    public var auth: AuthOptions

    enum CodingKeys: String, CodingKey {
        case engine = "EngineOptions"
        case swarm = "SwarmOptions"
        case auth = "AuthOptions"
    }
}

extension HostOptions {
    /// Reads the file of any version of this program: the first ones wrote no `SwarmOptions`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            engine: try values.decode(EngineOptions.self, forKey: .engine),
            swarm: try values.decodeIfPresent(SwarmOptions.self, forKey: .swarm) ?? SwarmOptions(),
            auth: try values.decode(AuthOptions.self, forKey: .auth))
    }
}

/// How the engine in the machine is started.
public struct EngineOptions: Codable, Sendable, Equatable {
    /// `name=value` words, each passed to dockerd as `--name=value`.
    public var arbitraryFlags: [String] = []
    /// `NAME=value` words for the daemon's environment.
    public var environment: [String] = []
    public var insecureRegistries: [String] = []
    public var labels: [String] = []
    /// Empty leaves the choice to the engine.
    public var storageDriver = ""
    public var registryMirrors: [String] = []
    /// Where an installer script is fetched from if the host has no engine (driver `generic`).
    public var installURL = ""

    public init() {}

    enum CodingKeys: String, CodingKey {
        case arbitraryFlags = "ArbitraryFlags"
        case environment = "Env"
        case insecureRegistries = "InsecureRegistry"
        case labels = "Labels"
        case storageDriver = "StorageDriver"
        case registryMirrors = "RegistryMirror"
        case installURL = "InstallURL"
    }
}

/// Where the certificates are, here and in the machine.
public struct AuthOptions: Codable, Sendable, Equatable {
    public var certificateFolder: String
    public var authorityPath: String
    public var authorityKeyPath: String
    public var clientCertificatePath: String
    public var clientKeyPath: String
    public var serverCertificatePath: String
    public var serverKeyPath: String
    /// Extra names and addresses for the server's certificate.
    public var serverNames: [String]
    /// The machine's own folder: what `DOCKER_CERT_PATH` points at.
    public var storePath: String

    enum CodingKeys: String, CodingKey {
        case certificateFolder = "CertDir"
        case authorityPath = "CaCertPath"
        case authorityKeyPath = "CaPrivateKeyPath"
        case clientCertificatePath = "ClientCertPath"
        case clientKeyPath = "ClientKeyPath"
        case serverCertificatePath = "ServerCertPath"
        case serverKeyPath = "ServerKeyPath"
        case serverNames = "ServerCertSANs"
        case storePath = "StorePath"
    }
}
