import GoFlags
import GoTemplate
import Machine

extension CreateOptions {
    /// Checks a `create` command line.
    /// - Parameter hostCPUs: how many CPUs the host has, for `--cpus -1`.
    /// - Throws: `UsageError`.
    public init(_ invocation: CommandInvocation, hostCPUs: Int) throws(UsageError) {
        let flags = invocation.flags
        let driverName = flags.string("driver")
        guard let kind = DriverKind(driverName) else { throw UsageError(message: DriverKind.notFound(driverName)) }

        self.names = try Self.names(invocation)
        try ClassicSwarm.refuse(flags, program: invocation.program)

        var reader = DriverFlagReader(flags: flags, driverName: driverName, kind: kind)
        let orchestrator = try Orchestrator(flags)
        if kind != .libvirt, orchestrator != .engine, flags.source(of: "orchestrator") == .commandLine {
            throw UsageError(
                message:
                    "\(Self.configuration)--orchestrator is for drivers that make a machine, and this one takes what runs already"
            )
        }
        self.target = try Self.target(kind, &reader, orchestrator, hostCPUs: hostCPUs)
        if case .virtualMachine(let machine) = target, machine.address != nil, names.count > 1 {
            throw UsageError(message: "\(Self.configuration)--ip is for one machine, not for \(names.count)")
        }

        var warnings = reader.warnings
        self.engine = EngineOptions(flags, warnings: &warnings)
        self.tlsSANs = flags.strings("tls-san")
        if let text = (tlsSANs + engine.everyText).first(where: { $0.unicodeScalars.contains { $0.value < 32 } }) {
            throw UsageError(message: "\(Self.configuration)\(goQuote(text)) contains a control character")
        }
        self.driverName = driverName
        self.keepOnFailure = flags.bool("keep-on-failure")
        self.parallel = try Self.bounded(flags, "parallel", 1...64)
        self.timeoutSeconds = try Self.bounded(flags, "timeout", 1...86_400)
        self.warnings = warnings
    }

    private static let configuration = "Error setting machine configuration from flags provided: "

    private static func names(_ invocation: CommandInvocation) throws(UsageError) -> [String] {
        let names = invocation.positionals
        guard !names.isEmpty, names != [""] else {
            throw UsageError(output: invocation.help, message: "Error: No machine name specified")
        }
        for (index, name) in names.enumerated() {
            if let problem = MachineName.problem(with: name) {
                throw UsageError(message: "Error creating machine: \(problem)")
            }
            if names[..<index].contains(name) {
                throw UsageError(message: "Error creating machine: \(goQuote(name)) is named twice")
            }
        }
        return names
    }

    private static func target(
        _ kind: DriverKind, _ reader: inout DriverFlagReader, _ orchestrator: Orchestrator, hostCPUs: Int
    ) throws(UsageError) -> Target {
        if kind != .libvirt, reader.bool(.cold) {
            throw UsageError(
                message: "\(configuration)--cold is for drivers that boot a machine, and this one takes what runs already")
        }
        switch kind {
        case .libvirt:
            return .virtualMachine(try VirtualMachine(&reader, orchestrator, hostCPUs: hostCPUs))
        case .none:
            guard let url = reader.string(.url), !url.isEmpty else {
                throw UsageError(message: "\(configuration)--url option is required when no driver is selected")
            }
            guard let scheme = url.firstRange(of: "://"), scheme.lowerBound > url.startIndex, scheme.upperBound < url.endIndex
            else {
                throw UsageError(
                    message: "\(configuration)\(goQuote(url)) is no URL of a Docker engine, as tcp://192.168.99.100:2376")
            }
            return .url(url)
        case .generic:
            guard let address = reader.string(.genericAddress), !address.isEmpty else {
                throw UsageError(message: "\(configuration)generic driver requires the --generic-ip-address option")
            }
            let key = reader.string(.genericSSHKey) ?? ""
            return .host(
                ExistingHost(
                    address: address, enginePort: try port(&reader, .genericPort, 2376),
                    sshUser: reader.string(.sshUser) ?? "root", sshKey: key.isEmpty ? nil : key,
                    sshPort: try port(&reader, .genericSSHPort, 22)))
        }
    }

    private static func port(
        _ reader: inout DriverFlagReader, _ role: DriverFlag.Role, _ standard: Int
    ) throws(UsageError) -> Int {
        let value = reader.int(role) ?? standard
        guard (1...65_535).contains(value) else {
            throw UsageError(message: "\(configuration)port \(value) is not between 1 and 65535")
        }
        return value
    }

    private static func bounded(
        _ flags: ParsedFlags, _ name: String, _ range: ClosedRange<Int>
    ) throws(UsageError) -> Int {
        let value = flags.int(name)
        guard range.contains(value) else {
            throw UsageError(
                message: "\(configuration)--\(name) \(value) is not between \(range.lowerBound) and \(range.upperBound)")
        }
        return value
    }
}

extension CreateOptions.VirtualMachine {
    init(_ reader: inout DriverFlagReader, _ orchestrator: Orchestrator, hostCPUs: Int) throws(UsageError) {
        let refuse = { (problem: String) in
            UsageError(message: "Error setting machine configuration from flags provided: \(problem)")
        }
        let memory = reader.int(.memory) ?? 1024
        let cpus = reader.int(.cpus) ?? 1
        let disk = reader.int(.disk) ?? 20000
        if let problem = ResourceLimits.memoryProblem(memory) { throw refuse(problem) }
        if let problem = ResourceLimits.cpuProblem(cpus) { throw refuse(problem) }
        if let problem = ResourceLimits.diskProblem(disk) { throw refuse(problem) }

        var subnet: IPv4Subnet?
        do {
            // Only a subnet that was asked for binds the choice; VirtualBox's default stands for "the usual one".
            if let text = reader.given(.hostOnlyCIDR) {
                subnet = try IPv4Subnet(text, networkAddressMeansFirstHost: false)
            } else if let text = reader.given(.cidr) {
                subnet = try IPv4Subnet(text, networkAddressMeansFirstHost: true)
            }
        } catch {
            throw refuse(error.description)
        }
        let address = reader.given(.address)
        if let address {
            guard IPv4Subnet.isHostAddress(address) else {
                throw refuse("\(goQuote(address)) is no IPv4 address of a host")
            }
            if let subnet, !subnet.canHold(address) {
                throw refuse("\(address) is no free host address of \(subnet.networkText)")
            }
        }
        // The old kvm driver's network `default` only led out of the machine; it does not choose ours.
        let network = reader.given(.network).flatMap { $0 == "default" && reader.lastFlag != "libvirt-network" ? nil : $0 }
        let user = reader.string(.sshUser) ?? "docker"
        guard !user.isEmpty, !user.hasPrefix("-"),
            user.utf8.allSatisfy({ (33...126).contains($0) && $0 != 64 && $0 != 58 && $0 != 47 })
        else {
            throw refuse("\(goQuote(user)) is no user name")
        }

        self.memoryMiB = memory
        self.cpus = ResourceLimits.resolveCPUs(cpus, hostCPUs: hostCPUs)
        self.diskMB = disk
        self.network = network
        self.subnet = subnet
        self.address = address
        self.image = reader.given(.image)
        self.sshUser = user
        self.startsCold = reader.bool(.cold)
        self.orchestrator = orchestrator
    }
}

extension Orchestrator {
    /// What `--orchestrator` says.
    init(_ flags: ParsedFlags) throws(UsageError) {
        let word = flags.string("orchestrator")
        guard let known = Orchestrator(rawValue: word) else {
            let all = Orchestrator.allCases.map(\.rawValue).joined(separator: " or ")
            throw UsageError(
                message: "Error setting machine configuration from flags provided: --orchestrator is \(all), "
                    + "not \(goQuote(word))")
        }
        self = known
    }
}

extension CreateOptions.EngineOptions {
    init(_ flags: ParsedFlags, warnings: inout [String]) {
        installURL = flags.string("engine-install-url")
        options = flags.strings("engine-opt")
        insecureRegistries = flags.strings("engine-insecure-registry")
        registryMirrors = flags.strings("engine-registry-mirror")
        labels = flags.strings("engine-label")
        environment = flags.strings("engine-env")
        storageDriver = flags.string("engine-storage-driver")
        if ["overlay", "aufs"].contains(storageDriver) {
            warnings.append("Docker no longer has the storage driver \(storageDriver); overlay2 is used instead.")
            storageDriver = "overlay2"
        }
    }

    var everyText: [String] {
        [installURL, storageDriver] + options + insecureRegistries + registryMirrors + labels + environment
    }
}
