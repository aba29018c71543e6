import GoFlags

/// A flag of one driver and what it means to us.
struct DriverFlag: Sendable {
    /// What a driver's flag sets.
    enum Role: Sendable, Equatable {
        case memory, cpus, disk
        case network
        /// A subnet named by the host's own address in it; a network address is refused, as VirtualBox's driver did.
        case hostOnlyCIDR
        /// A subnet named by any address in it.
        case cidr
        case address
        case image
        case sshUser
        case cold
        case url
        case genericAddress, genericPort, genericSSHPort, genericSSHKey
        /// Understood, without effect; the text says why.
        case ignored(String)
    }

    let flag: Flag
    let role: Role

    init(_ flag: Flag, _ role: Role) {
        self.flag = flag
        self.role = role
    }

    /// The flags that belong to a driver's name.
    static let byName: [String: [DriverFlag]] = [
        "libvirt": libvirt, "kvm": kvm, "qemu": qemu, "virtualbox": virtualbox, "hyperv": hyperv, "generic": generic,
        "none": none,
    ]

    static let libvirt: [DriverFlag] = [
        DriverFlag(.int("libvirt-memory, memory", default: 1024, env: "LIBVIRT_MEMORY_SIZE", usage: "Memory in MiB"), .memory),
        DriverFlag(
            .int(
                "libvirt-cpu-count, cpus", default: 1, env: "LIBVIRT_CPU_COUNT",
                usage: "Number of virtual CPUs; -1 for as many as the host has"), .cpus),
        DriverFlag(
            .int("libvirt-disk-size, disk-size", default: 20000, env: "LIBVIRT_DISK_SIZE", usage: "Disk size in MB (10^6 bytes)"),
            .disk),
        DriverFlag(.string("libvirt-network", env: "LIBVIRT_NETWORK", usage: "The libvirt network the machine is on"), .network),
        DriverFlag(
            .string(
                "libvirt-cidr", env: "LIBVIRT_CIDR", usage: "Subnet of that network, if it has to be made, as 192.168.99.0/24"),
            .cidr),
        DriverFlag(.string("libvirt-image, image", env: "LIBVIRT_IMAGE", usage: "Guest image: a digest or a path"), .image),
        DriverFlag(.string("libvirt-ssh-user", default: "docker", usage: "The guest's user"), .sshUser),
        DriverFlag(.string("libvirt-ip, ip", usage: "Address of the machine; the next free one if not given"), .address),
        cold,
    ]

    /// Without a prefix: whatever the driver is called, the machine is booted.
    static let cold = DriverFlag(.bool("cold", usage: "Boot the machine instead of forking it from a template"), .cold)

    static let virtualbox: [DriverFlag] = [
        DriverFlag(
            .int("virtualbox-memory", default: 1024, env: "VIRTUALBOX_MEMORY_SIZE", usage: "Memory in MiB"), .memory),
        DriverFlag(
            .int(
                "virtualbox-cpu-count", default: 1, env: "VIRTUALBOX_CPU_COUNT",
                usage: "Number of virtual CPUs; -1 for as many as the host has"), .cpus),
        DriverFlag(
            .int("virtualbox-disk-size", default: 20000, env: "VIRTUALBOX_DISK_SIZE", usage: "Disk size in MB (10^6 bytes)"),
            .disk),
        DriverFlag(
            .string(
                "virtualbox-hostonly-cidr", default: "192.168.99.1/24", env: "VIRTUALBOX_HOSTONLY_CIDR",
                usage: "The host's address and mask in the machines' network"), .hostOnlyCIDR),
        ignored(.string("virtualbox-boot2docker-url", env: "VIRTUALBOX_BOOT2DOCKER_URL", usage: noEffect), boot2docker),
        ignored(
            .string("virtualbox-import-boot2docker-vm", env: "VIRTUALBOX_BOOT2DOCKER_IMPORT_VM", usage: noEffect), boot2docker),
        ignored(.bool("virtualbox-host-dns-resolver", env: "VIRTUALBOX_HOST_DNS_RESOLVER", usage: noEffect), ownDNS),
        ignored(.bool("virtualbox-no-dns-proxy", env: "VIRTUALBOX_NO_DNS_PROXY", usage: noEffect), ownDNS),
        ignored(
            .string("virtualbox-nat-nictype", default: "82540EM", env: "VIRTUALBOX_NAT_NICTYPE", usage: noEffect), virtio),
        ignored(
            .string("virtualbox-hostonly-nictype", default: "82540EM", env: "VIRTUALBOX_HOSTONLY_NIC_TYPE", usage: noEffect),
            virtio),
        ignored(
            .string(
                "virtualbox-hostonly-nicpromisc", default: "deny", env: "VIRTUALBOX_HOSTONLY_NIC_PROMISC", usage: noEffect),
            virtio),
        ignored(
            .string("virtualbox-ui-type", default: "headless", env: "VIRTUALBOX_UI_TYPE", usage: noEffect),
            "machines have no screen; see the `console` command"),
        ignored(
            .bool("virtualbox-hostonly-no-dhcp", env: "VIRTUALBOX_HOSTONLY_NO_DHCP", usage: noEffect),
            "every machine has a reserved address"),
        ignored(.bool("virtualbox-no-share", env: "VIRTUALBOX_NO_SHARE", usage: noEffect), "no folder is shared anyway"),
        ignored(
            .bool("virtualbox-no-vtx-check", env: "VIRTUALBOX_NO_VTX_CHECK", usage: noEffect),
            "emulation is used wherever hardware virtualisation does not work"),
        ignored(
            .string("virtualbox-share-folder", env: "VIRTUALBOX_SHARE_FOLDER", usage: noEffect),
            "use the `mount` command to share a folder"),
    ]

    static let kvm: [DriverFlag] = [
        DriverFlag(.int("kvm-memory", default: 1024, usage: "Memory in MiB"), .memory),
        DriverFlag(.int("kvm-cpu-count", default: 1, usage: "Number of virtual CPUs; -1 for as many as the host has"), .cpus),
        DriverFlag(.int("kvm-disk-size", default: 20000, usage: "Disk size in MB (10^6 bytes)"), .disk),
        // The old driver's `default` only carried the machine's way out; ours is one network for everything.
        DriverFlag(.string("kvm-network", default: "default", usage: "The libvirt network the machine is on"), .network),
        ignored(.string("kvm-boot2docker-url", env: "KVM_BOOT2DOCKER_URL", usage: noEffect), boot2docker),
        ignored(.string("kvm-cache-mode", default: "default", usage: noEffect), ownDisk),
        ignored(.string("kvm-io-mode", default: "threads", usage: noEffect), ownDisk),
        DriverFlag(.string("kvm-ssh-user", default: "docker", env: "KVM_SSH_USER", usage: "The guest's user"), .sshUser),
    ]

    static let qemu: [DriverFlag] = [
        DriverFlag(.int("qemu-memory", default: 1024, usage: "Memory in MiB"), .memory),
        DriverFlag(.int("qemu-cpu-count", default: 1, usage: "Number of virtual CPUs; -1 for as many as the host has"), .cpus),
        DriverFlag(.int("qemu-disk-size", default: 20000, usage: "Disk size in MB (10^6 bytes)"), .disk),
        ignored(.string("qemu-program", default: "qemu-system-x86_64", usage: noEffect), "libvirt chooses the program"),
        ignored(.bool("qemu-display", usage: noEffect), "machines have no screen; see the `console` command"),
        ignored(
            .string("qemu-display-type", env: "QEMU_DISPLAY_TYPE", usage: noEffect),
            "machines have no screen; see the `console` command"),
        ignored(.bool("qemu-nographic", usage: noEffect), "machines have no screen anyway"),
        ignored(.bool("qemu-virtio-drives", env: "QEMU_VIRTIO_DRIVES", usage: noEffect), "drives are always virtio"),
        ignored(
            .string("qemu-network", default: "user", usage: noEffect), "machines are on a libvirt network; see --libvirt-network"),
        ignored(
            .string("qemu-network-interface", default: "tap0", usage: noEffect),
            "machines are on a libvirt network; see --libvirt-network"),
        ignored(.string("qemu-network-address", usage: noEffect), "machines are on a libvirt network; see --libvirt-network"),
        ignored(
            .string("qemu-network-bridge", default: "br0", usage: noEffect),
            "machines are on a libvirt network; see --libvirt-network"),
        ignored(.string("qemu-boot2docker-url", env: "QEMU_BOOT2DOCKER_URL", usage: noEffect), boot2docker),
        ignored(.string("qemu-cache-mode", default: "default", usage: noEffect), ownDisk),
        ignored(.string("qemu-io-mode", default: "threads", usage: noEffect), ownDisk),
        DriverFlag(.string("qemu-ssh-user", default: "docker", env: "QEMU_SSH_USER", usage: "The guest's user"), .sshUser),
        ignored(.string("qemu-localports", env: "QEMU_LOCALPORTS", usage: noEffect), "machines have addresses of their own"),
        ignored(.string("qemu-userdata", usage: noEffect), "the guest image takes no user data"),
    ]

    static let hyperv: [DriverFlag] = [
        DriverFlag(.int("hyperv-memory", default: 1024, env: "HYPERV_MEMORY", usage: "Memory in MiB"), .memory),
        DriverFlag(.int("hyperv-cpu-count", default: 1, env: "HYPERV_CPU_COUNT", usage: "Number of virtual CPUs"), .cpus),
        DriverFlag(
            .int("hyperv-disk-size", default: 20000, env: "HYPERV_DISK_SIZE", usage: "Disk size in MB (10^6 bytes)"), .disk),
        ignored(
            .string("hyperv-virtual-switch", env: "HYPERV_VIRTUAL_SWITCH", usage: noEffect),
            "machines are on a libvirt network; see --libvirt-network"),
    ]

    static let none: [DriverFlag] = [
        DriverFlag(.string("url", usage: "URL of the Docker engine"), .url)
    ]

    static let generic: [DriverFlag] = [
        DriverFlag(.string("generic-ip-address", env: "GENERIC_IP_ADDRESS", usage: "Address of the host"), .genericAddress),
        DriverFlag(
            .int("generic-engine-port", default: 2376, env: "GENERIC_ENGINE_PORT", usage: "Port of the Docker engine"),
            .genericPort),
        DriverFlag(.string("generic-ssh-user", default: "root", env: "GENERIC_SSH_USER", usage: "User to log in as"), .sshUser),
        DriverFlag(
            .string(
                "generic-ssh-key", env: "GENERIC_SSH_KEY", usage: "Private key to log in with; ssh's own choice if not given"),
            .genericSSHKey),
        DriverFlag(
            .int("generic-ssh-port", default: 22, env: "GENERIC_SSH_PORT", usage: "Port of the SSH server"), .genericSSHPort),
    ]

    private static func ignored(_ flag: Flag, _ reason: String) -> DriverFlag {
        DriverFlag(flag, .ignored(reason))
    }

    private static let noEffect = "Understood, without effect"
    private static let boot2docker = "machines run the image that `image build` made; see --libvirt-image"
    private static let ownDNS = "machines ask the DNS server of their libvirt network"
    private static let virtio = "network cards are always virtio"
    private static let ownDisk = "disks are always qcow2 over virtio"
}
