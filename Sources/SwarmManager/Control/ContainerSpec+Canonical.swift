import DockerAPI

extension ContainerSpec {
    /// See `ServiceSpec.canonical()`.
    func canonical() throws(APIError) -> ContainerSpec {
        var spec = self
        for path: WritableKeyPath<ContainerSpec, String?> in [
            \.image, \.hostname, \.directory, \.user, \.stopSignal, \.isolation,
        ] { spec[keyPath: path] = self[keyPath: path].nonEmpty }
        for path: WritableKeyPath<ContainerSpec, [String]?> in [
            \.command, \.arguments, \.environment, \.groups, \.hosts, \.capabilityAdd, \.capabilityDrop,
        ] { spec[keyPath: path] = self[keyPath: path].nonEmpty }
        for path: WritableKeyPath<ContainerSpec, Bool?> in [\.tty, \.openStdin, \.readOnly] {
            spec[keyPath: path] = self[keyPath: path].nonFalse
        }
        if spec.isolation == "default" { spec.isolation = nil }
        spec.labels = labels.nonEmpty
        spec.sysctls = sysctls.nonEmpty
        spec.ulimits = ulimits.nonEmpty
        spec.oomScoreAdjustment = oomScoreAdjustment.nonZero
        spec.registryAuthentication = nil
        spec.mounts = try mounts.nonEmpty.map { mounts throws(APIError) in
            var result: [Mount] = []
            for mount in mounts { result.append(try mount.canonical()) }
            // The engine mounts by depth whatever their order, and `docker service update` puts them into this one.
            return result.sorted { ($0.source ?? "", $0.target ?? "") < ($1.source ?? "", $1.target ?? "") }
        }
        spec.secrets = secrets.nonEmpty
        spec.configs = try configs.nonEmpty.map { configs throws(APIError) in
            for config in configs {
                if config.file == nil, config.runtime == nil { throw APIError(400, "either File or Runtime should be set") }
                if config.file != nil, config.runtime != nil { throw APIError(400, "cannot specify both File and Runtime") }
            }
            return configs
        }
        spec.healthcheck = healthcheck?.canonical
        spec.privileges = try privileges?.canonical()
        spec.dns = dns.flatMap {
            let dns = DNSConfig(
                nameservers: $0.nameservers.nonEmpty, search: $0.search.nonEmpty, options: $0.options.nonEmpty)
            return dns == DNSConfig() ? nil : dns
        }
        return spec
    }
}

extension ContainerSpec.Privileges {
    fileprivate func canonical() throws(APIError) -> ContainerSpec.Privileges? {
        var privileges = self
        privileges.noNewPrivileges = noNewPrivileges.nonFalse
        if let spec = credentialSpec {
            let sources = [("config", spec.config), ("file", spec.file), ("registry", spec.registry)]
                .filter { $0.1.nonEmpty != nil }.map(\.0)
            switch sources.count {
            case 0: throw APIError(400, "must either provide \"file\", \"registry\", or \"config\" for credential spec")
            case 1: break
            case 2: throw APIError(400, "cannot specify both \(sources[0]) and \(sources[1]) credential specs")
            default:
                let others = sources.dropLast().joined(separator: ", ")
                throw APIError(400, "cannot specify both \(others), and \(sources[2]) credential specs")
            }
        }
        return privileges == ContainerSpec.Privileges() ? nil : privileges
    }
}

extension Healthcheck {
    fileprivate var canonical: Healthcheck? {
        let check = Healthcheck(
            test: test.nonEmpty, interval: interval.nonZero, timeout: timeout.nonZero, startPeriod: startPeriod.nonZero,
            startInterval: startInterval.nonZero, retries: retries.nonZero)
        return check == Healthcheck() ? nil : check
    }
}

extension Mount {
    fileprivate func canonical() throws(APIError) -> Mount {
        var mount = self
        mount.kind = kind?.lowercased()
        mount.source = source.nonEmpty
        mount.readOnly = readOnly.nonFalse
        mount.consistency = consistency.nonEmpty
        guard ["bind", "volume", "tmpfs", "npipe", "cluster"].contains(mount.kind) else {
            throw APIError(400, "invalid MountType: \"\(kind ?? "")\"")
        }
        mount.bind = bind.map {
            Bind(
                propagation: $0.propagation.nonEmpty, nonRecursive: $0.nonRecursive.nonFalse,
                createMountpoint: $0.createMountpoint.nonFalse, readOnlyNonRecursive: $0.readOnlyNonRecursive.nonFalse,
                readOnlyForceRecursive: $0.readOnlyForceRecursive.nonFalse)
        }
        let modes = ["rprivate", "private", "rslave", "slave", "rshared", "shared"]
        if let propagation = mount.bind?.propagation, !modes.contains(propagation.lowercased()) {
            throw APIError(400, "invalid MountPropagation: \"\(propagation)\"")
        }
        mount.volume = volume.map {
            Volume(
                noCopy: $0.noCopy.nonFalse, labels: $0.labels.nonEmpty, subpath: $0.subpath.nonEmpty,
                driver: $0.driver == LogDriver() ? nil : $0.driver)
        }
        mount.tmpfs = tmpfs.map {
            Tmpfs(sizeBytes: $0.sizeBytes.nonZero, mode: $0.mode.nonZero, options: $0.options.nonEmpty)
        }
        return mount
    }
}

extension Optional where Wrapped: Collection {
    /// Nil for what is empty, too.
    var nonEmpty: Wrapped? { flatMap { $0.isEmpty ? nil : $0 } }
}

extension Optional where Wrapped: BinaryInteger {
    /// Nil for zero, too.
    var nonZero: Wrapped? { self == 0 ? nil : self }
}

extension Optional<Bool> {
    /// Nil for false, too.
    var nonFalse: Bool? { self == false ? nil : self }
}
