import GoFlags
import Machine
import Testing

@testable import MachineCLI

@Suite struct CreateOptionsTests {
    func options(_ line: String, environment: [String: String] = home) throws -> CreateOptions {
        try CreateOptions(try command("create \(line)", environment: environment), hostCPUs: 6)
    }

    func machine(_ line: String, environment: [String: String] = home) throws -> CreateOptions.VirtualMachine {
        guard case .virtualMachine(let machine) = try options(line, environment: environment).target else {
            throw NotACommand(line: line)
        }
        return machine
    }

    @Test func `a bare name makes docker-machine's usual machine with libvirt`() throws {
        let options = try options("n1")
        #expect(options.names == ["n1"] && options.driverName == "libvirt" && options.warnings.isEmpty)
        #expect(!options.keepOnFailure && options.parallel == 4 && options.timeoutSeconds == 600)
        let machine = try machine("n1")
        #expect(machine.memoryMiB == 1024 && machine.cpus == 1 && machine.diskMB == 20000)
        #expect(machine.network == nil && machine.subnet == nil && machine.image == nil && machine.address == nil)
        #expect(machine.sshUser == "docker")
        #expect(options.engine.installURL == "https://get.docker.com")
    }

    @Test func `several names, flags anywhere`() throws {
        let options = try options("-d virtualbox n1 --virtualbox-memory 512 n2 --parallel 2 --keep-on-failure --timeout 30")
        #expect(options.names == ["n1", "n2"] && options.driverName == "virtualbox")
        #expect(options.parallel == 2 && options.keepOnFailure && options.timeoutSeconds == 30)
    }

    @Test(arguments: [
        ("-d libvirt --libvirt-memory 2048 --libvirt-cpu-count 2 --libvirt-disk-size 30000 n"),
        ("--memory 2048 --cpus 2 --disk-size 30000 n"),
        ("-d virtualbox --virtualbox-memory 2048 --virtualbox-cpu-count 2 --virtualbox-disk-size 30000 n"),
        ("--virtualbox-memory 2048 --virtualbox-cpu-count 2 --virtualbox-disk-size 30000 n"),
        ("-d kvm --kvm-memory 2048 --kvm-cpu-count 2 --kvm-disk-size=30000 n"),
        ("-d qemu --qemu-memory 2048 --qemu-cpu-count 2 --qemu-disk-size 30000 n"),
        ("-d kvm2 --memory 2048 --cpus 2 --disk-size 30000 n"),
        ("-d hyperv --hyperv-memory 2048 --hyperv-cpu-count 2 --hyperv-disk-size 30000 n"),
    ])
    func `every driver name's size flags reach the machine`(line: String) throws {
        let machine = try machine(line)
        #expect(machine.memoryMiB == 2048 && machine.cpus == 2 && machine.diskMB == 30000)
    }

    @Test(arguments: ["libvirt", "kvm", "kvm2", "qemu", "virtualbox", "generic", "none"])
    func `the driver name asked for is the one kept`(name: String) throws {
        let needed = ["generic": "--generic-ip-address 10.1.1.1", "none": "--url tcp://10.1.1.1:2376"][name] ?? ""
        #expect(try options("n -d \(name) \(needed)").driverName == name)
        #expect(try options("n \(needed)", environment: ["HOME": "/h", "MACHINE_DRIVER": name]).driverName == name)
    }

    @Test func `sizes come from the named driver's variables, and the command line wins`() throws {
        let variables = [
            "HOME": "/h", "VIRTUALBOX_MEMORY_SIZE": "3000", "VIRTUALBOX_CPU_COUNT": "3", "VIRTUALBOX_DISK_SIZE": "40000",
        ]
        let machine = try machine("-d virtualbox n", environment: variables)
        #expect(machine.memoryMiB == 3000 && machine.cpus == 3 && machine.diskMB == 40000)
        #expect(try self.machine("n", environment: variables).memoryMiB == 3000)
        #expect(try self.machine("n --memory 512", environment: variables).memoryMiB == 512)
        #expect(try self.machine("-d kvm n", environment: variables).memoryMiB == 1024)
    }

    @Test func `the orchestrator is the engine unless somebody says otherwise`() throws {
        let variable = ["HOME": "/h", "MACHINE_ORCHESTRATOR": "swarmd"]
        #expect(try machine("n").orchestrator == .engine)
        #expect(try machine("n --orchestrator swarmd").orchestrator == .swarmd)
        #expect(try machine("-d virtualbox n", environment: variable).orchestrator == .swarmd)
        #expect(try machine("--orchestrator engine n", environment: variable).orchestrator == .engine)
        // What runs already has one, and a variable that is meant for others is no reason to refuse it.
        #expect(try options("-d none --url tcp://10.1.1.1:2376 n", environment: variable).driverName == "none")
    }

    @Test func `minus one CPU means all of the host's, at most 32`() throws {
        #expect(try machine("n --virtualbox-cpu-count -1").cpus == 6)
        #expect(ResourceLimits.resolveCPUs(-1, hostCPUs: 64) == 32)
    }

    @Test(arguments: [
        ("n --memory -5", "memory -5 MiB is not between 256 and 4194304 MiB"),
        ("n --memory 0", "memory 0 MiB is not between 256 and 4194304 MiB"),
        ("n -d virtualbox --virtualbox-memory 99999999999", "memory 99999999999 MiB is not between 256 and 4194304 MiB"),
        ("n --cpus 0", "number of CPUs 0 is not between 1 and 288"),
        ("n --cpus 5000", "number of CPUs 5000 is not between 1 and 288"),
        ("n --disk-size 1", "disk size 1 MB is not between 1000 and 16777216 MB"),
        ("n --orchestrator k8s", #"--orchestrator is engine or swarmd, not "k8s""#),
        ("n --orchestrator=", #"--orchestrator is engine or swarmd, not """#),
        (
            "-d none --url tcp://10.1.1.1:2376 --orchestrator swarmd n",
            "--orchestrator is for drivers that make a machine, and this one takes what runs already"
        ),
        ("n --parallel 0", "--parallel 0 is not between 1 and 64"),
        ("n --timeout -1", "--timeout -1 is not between 1 and 86400"),
        (
            "n --virtualbox-hostonly-cidr 192.168.99.0/24",
            "host-only cidr must be specified with a host address, not a network address"
        ),
        ("n --virtualbox-hostonly-cidr foo", "invalid CIDR address: foo"),
        ("n --virtualbox-hostonly-cidr 192.168.99.1", "invalid CIDR address: 192.168.99.1"),
        ("n --libvirt-cidr 192.168.99.300/24", "invalid CIDR address: 192.168.99.300/24"),
        (
            "n --libvirt-cidr 192.168.99.1/31",
            "192.168.99.1/31 cannot be the machines' network: its prefix must be between /16 and /28"
        ),
        (
            "n --libvirt-cidr 192.168.99.255/24",
            "192.168.99.255/24 cannot be the machines' network: that is its broadcast address"
        ),
        ("n --libvirt-cidr 127.0.0.1/24", "127.0.0.1/24 cannot be the machines' network: that is no address for a host"),
        ("n --ip 1.2.3", #""1.2.3" is no IPv4 address of a host"#),
        ("n --ip 10.0.0.5 --libvirt-cidr 192.168.77.1/24", "10.0.0.5 is no free host address of 192.168.77.0/24"),
        ("a b --ip 192.168.99.5", "--ip is for one machine, not for 2"),
        ("n -d none", "--url option is required when no driver is selected"),
        ("n -d none --url nonsense", #""nonsense" is no URL of a Docker engine, as tcp://192.168.99.100:2376"#),
        ("n -d generic", "generic driver requires the --generic-ip-address option"),
        ("n -d generic --generic-ip-address 10.1.1.1 --generic-ssh-port 0", "port 0 is not between 1 and 65535"),
        ("n --kvm-ssh-user a@b", #""a@b" is no user name"#),
        ("n --engine-label a=b\nc", #""a=b\nc" contains a control character"#),
    ])
    func `values that make no sense are refused in one line`(line: String, problem: String) throws {
        #expect {
            try options(line)
        } throws: {
            $0 as? UsageError == UsageError(message: "Error setting machine configuration from flags provided: \(problem)")
        }
    }

    @Test(arguments: ["libvirt", "kvm", "kvm2", "qemu", "virtualbox", "hyperv"])
    func `a machine is forked unless it is to start cold`(driver: String) throws {
        #expect(try !machine("-d \(driver) n").startsCold)
        #expect(try machine("-d \(driver) n --cold").startsCold)
        #expect(try machine("-d \(driver) --cold n").startsCold)
        #expect(try !machine("-d \(driver) n --cold=false").startsCold)
        guard case .help(let help) = try read("create -d \(driver) --help") else { return }
        #expect(help.contains("   --cold\t"))
    }

    @Test(arguments: ["none --url tcp://127.0.0.1:2376", "generic --generic-ip-address 127.0.0.1"])
    func `what runs already cannot start cold`(driver: String) throws {
        #expect {
            try options("n --cold -d \(driver)")
        } throws: {
            $0 as? UsageError
                == UsageError(
                    message: "Error setting machine configuration from flags provided: "
                        + "--cold is for drivers that boot a machine, and this one takes what runs already")
        }
        #expect(try options("n -d \(driver)").names == ["n"])
        guard case .help(let help) = try read("create -d \(driver) --help") else { return }
        #expect(!help.contains("--cold"))
    }

    @Test func `subnets`() throws {
        #expect(try machine("n --virtualbox-hostonly-cidr 192.168.77.5/24").subnet?.description == "192.168.77.5/24")
        #expect(try machine("n --libvirt-cidr 10.9.0.0/16").subnet?.description == "10.9.0.1/16")
        #expect(try machine("n --libvirt-cidr 10.9.3.4/16").subnet?.networkText == "10.9.0.0/16")
        #expect(try machine("n --ip 192.168.77.20 --libvirt-cidr 192.168.77.0/24").address == "192.168.77.20")
        #expect(try machine("n -d virtualbox").subnet == nil)
    }

    @Test func `network, image and user`() throws {
        let machine = try machine("n --libvirt-network lab --image sha256:ab --kvm-ssh-user bob")
        #expect(machine.network == "lab" && machine.image == "sha256:ab" && machine.sshUser == "bob")
        #expect(try self.machine("n -d kvm --kvm-network other").network == "other")
        #expect(try self.machine("n -d kvm --kvm-network default").network == nil)
        #expect(try self.machine("n --libvirt-network default").network == "default")
    }

    @Test func `flags without effect are accepted with one line each, and only when given`() throws {
        let options = try options(
            "n -d virtualbox --virtualbox-ui-type gui --virtualbox-no-share --virtualbox-boot2docker-url http://x --hyperv-virtual-switch s"
        )
        #expect(options.warnings.count == 4)
        #expect(
            options.warnings.contains("--virtualbox-ui-type has no effect: machines have no screen; see the `console` command."))
        #expect(options.warnings.contains { $0.hasPrefix("--hyperv-virtual-switch has no effect") })
    }

    @Test(arguments: [
        "virtualbox-boot2docker-url=x", "virtualbox-import-boot2docker-vm=x", "virtualbox-host-dns-resolver",
        "virtualbox-nat-nictype=x",
        "virtualbox-hostonly-nictype=x", "virtualbox-hostonly-nicpromisc=x", "virtualbox-ui-type=x",
        "virtualbox-hostonly-no-dhcp",
        "virtualbox-no-share", "virtualbox-no-dns-proxy", "virtualbox-no-vtx-check", "virtualbox-share-folder=a:b",
        "kvm-boot2docker-url=x", "kvm-cache-mode=x", "kvm-io-mode=x", "qemu-program=x", "qemu-display", "qemu-nographic",
        "qemu-display-type=x", "qemu-virtio-drives", "qemu-network=tap", "qemu-network-interface=x", "qemu-network-address=x",
        "qemu-network-bridge=x", "qemu-boot2docker-url=x", "qemu-cache-mode=x", "qemu-io-mode=x", "qemu-localports=1-2",
        "qemu-userdata=x",
    ])
    func `every remaining flag of the old drivers is understood`(flag: String) throws {
        let prefix = flag.split(separator: "-").first.map(String.init) ?? ""
        #expect(try options("n -d \(prefix) --\(flag)").warnings.count == 1)
    }

    @Test func `generic and none`() throws {
        #expect(try options("n -d none --url tcp://10.1.1.1:2376").target == .url("tcp://10.1.1.1:2376"))
        let host = CreateOptions.ExistingHost(address: "10.1.1.1", enginePort: 2376, sshUser: "root", sshKey: nil, sshPort: 22)
        #expect(try options("n -d generic --generic-ip-address 10.1.1.1").target == .host(host))
        let other = CreateOptions.ExistingHost(address: "h", enginePort: 1, sshUser: "u", sshKey: "k", sshPort: 2)
        #expect(
            try options(
                "n -d generic",
                environment: [
                    "HOME": "/h", "GENERIC_IP_ADDRESS": "h", "GENERIC_ENGINE_PORT": "1", "GENERIC_SSH_USER": "u",
                    "GENERIC_SSH_KEY": "k",
                    "GENERIC_SSH_PORT": "2",
                ]
            ).target == .host(other))
    }

    @Test func `engine flags`() throws {
        let options = try options(
            "n --engine-opt a=b --engine-opt c=d --engine-label x=y --engine-insecure-registry r:5000 --engine-registry-mirror http://m --engine-env K=V --engine-storage-driver aufs --tls-san s --engine-install-url u"
        )
        #expect(
            options.engine.options == ["a=b", "c=d"] && options.engine.labels == ["x=y"] && options.engine.environment == ["K=V"])
        #expect(options.engine.insecureRegistries == ["r:5000"] && options.engine.registryMirrors == ["http://m"])
        #expect(options.engine.storageDriver == "overlay2" && options.warnings.count == 1)
        #expect(options.tlsSANs == ["s"] && options.engine.installURL == "u")
        #expect(
            try self.options("n", environment: ["HOME": "/h", "ENGINE_REGISTRY_MIRROR": "a,b"]).engine.registryMirrors == [
                "a", "b",
            ])
    }

    @Test(arguments: ["-d bogus n", "n --driver=bogus --bogus-token x", "--bogus-size 3 -d bogus n", "-driver bogus"])
    func `a driver that does not exist comes before everything else`(line: String) {
        #expect {
            try options(line)
        } throws: {
            $0 as? UsageError
                == UsageError(
                    message:
                        #"Driver "bogus" not found. Do you have the plugin binary "docker-machine-driver-bogus" accessible in your PATH?"#
                )
        }
    }

    @Test func `a variable of the wrong type is named without the help`() {
        #expect {
            try options("n", environment: ["HOME": "/h", "VIRTUALBOX_MEMORY_SIZE": "much"])
        } throws: {
            $0 as? UsageError
                == UsageError(
                    message:
                        #"Error parsing integer value from VIRTUALBOX_MEMORY_SIZE: strconv.ParseInt: parsing "much": invalid syntax"#
                )
        }
    }

    @Test func `no name shows the help`() {
        #expect {
            try options("-d kvm")
        } throws: {
            guard let error = $0 as? UsageError else { return false }
            return error.message == "Error: No machine name specified"
                && error.output.hasPrefix("Usage: docker-machine create [OPTIONS] name...")
        }
    }

    @Test(arguments: ["_x", "-", "a_b", "a/b", "..", "é", "a$b", ".a"])
    func `names that are no host names`(name: String) {
        #expect {
            try options("-- \(name)")
        } throws: {
            $0 as? UsageError
                == UsageError(
                    message: "Error creating machine: Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -")
        }
    }

    @Test func `names of odd shapes`() throws {
        #expect(MachineName.problem(with: "1.Node-x.lan") == nil)
        #expect(MachineName.problem(with: String(repeating: "a", count: 63)) == nil)
        #expect(MachineName.problem(with: String(repeating: "a", count: 64)) != nil)
        #expect(MachineName.problem(with: "a..b") != nil && MachineName.problem(with: "a.") != nil)
        #expect(MachineName.problem(with: "a\n") != nil && MachineName.problem(with: "") != nil)
        #expect { try options("a b a") } throws: { "\($0)" == #"Error creating machine: "a" is named twice"# }
    }

    @Test(arguments: [
        "--swarm", "--swarm-master", "--swarm-discovery token://x", "--swarm-image i", "--swarm-strategy spread", "--swarm-opt x",
        "--swarm-join-opt x", "--swarm-host tcp://0.0.0.0:3376", "--swarm-addr x", "--swarm-experimental",
    ])
    func `classic Swarm says what to use instead`(flag: String) throws {
        #expect {
            try options("n \(flag)")
        } throws: {
            "\($0)".contains("docker swarm init") && "\($0)".contains("lab up") && !"\($0)".contains("\n")
        }
    }

    @Test func `classic Swarm in passing`() throws {
        #expect {
            try options("n --swarm --swarm-discovery foo")
        } throws: {
            "\($0)" == "Error parsing swarm discovery: Swarm Discovery URL was in the wrong format: foo"
        }
        #expect(try options("n --swarm=false").names == ["n"])
        #expect(try options("n", environment: ["HOME": "/h", "MACHINE_SWARM_IMAGE": "swarm:1.2"]).names == ["n"])
    }

    @Test func `a flag of no driver is refused`() {
        #expect { try options("n --virtualbox-colour red") } throws: {
            "\($0)" == "flag provided but not defined: -virtualbox-colour"
        }
        #expect { try options("n -d none --url x --memory 3") } throws: { "\($0)" == "flag provided but not defined: -memory" }
    }
}
