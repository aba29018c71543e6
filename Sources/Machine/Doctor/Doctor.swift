import Foundation
import Libvirt
import Processes

/// Looks at everything that machines need of this host and says how to mend what is wrong.
public struct Doctor: Sendable {
    let machines: Machines

    public init(machines: Machines) { self.machines = machines }

    /// Makes all checks, in the order in which they depend on each other.
    ///
    /// - Parameter report: told each finding as it is made.
    public func examine(report: @escaping @Sendable (Finding) -> Void) async {
        tools().forEach(report)
        store().forEach(report)
        let images = images()
        images.forEach(report)
        let libvirt = await libvirt()
        libvirt.forEach(report)
        guard !libvirt.contains(where: { $0.verdict == .bad }) else { return }
        await devicePermissions().forEach(report)
        await network().forEach(report)
        await pool().forEach(report)
        report(await acceleration())
        report(await forks())
        report(registry())
    }

    private struct Tool {
        var name: String
        var package: String
        var purpose: String
        var isRequired = true
    }

    private static let tools = [
        Tool(name: "ssh", package: "openssh-client", purpose: "log into machines"),
        Tool(name: "ssh-keygen", package: "openssh-client", purpose: "make a machine's key"),
        Tool(name: "qemu-system-x86_64", package: "qemu-system-x86", purpose: "run machines"),
        Tool(name: "dnsmasq", package: "dnsmasq-base", purpose: "serve the lab network's addresses and names"),
        Tool(name: "docker", package: "docker.io", purpose: "talk to the engines", isRequired: false),
        Tool(name: "virsh", package: "libvirt-clients", purpose: "show consoles", isRequired: false),
        Tool(name: "docker-registry", package: "docker-registry", purpose: "serve container images", isRequired: false),
        Tool(name: "mmdebstrap", package: "mmdebstrap", purpose: "build images", isRequired: false),
        Tool(name: "qemu-img", package: "qemu-utils", purpose: "build images", isRequired: false),
        Tool(name: "skopeo", package: "skopeo", purpose: "build container images", isRequired: false),
    ]

    private func tools() -> [Finding] {
        Self.tools.map { tool in
            if let path = Command.path(of: tool.name) { return Finding(.good, tool.name, path) }
            return Finding(
                tool.isRequired ? .bad : .warning, tool.name, "is missing; it is needed to \(tool.purpose)",
                remedy: "sudo apt-get install \(tool.package)")
        }
    }

    private func store() -> [Finding] {
        let path = machines.store.root.path
        do { try MachineStore.makeFolder(machines.store.root) } catch {
            return [
                Finding(
                    .bad, "store", "\(path) cannot be made: \(error.localizedDescription)",
                    remedy: "sudo chown -R $USER '\(path)'")
            ]
        }
        guard FileManager.default.isWritableFile(atPath: path) else {
            return [Finding(.bad, "store", "\(path) is not yours to write", remedy: "sudo chown -R $USER '\(path)'")]
        }
        var findings = [Finding(.good, "store", path)]
        let certificate = machines.certificates.paths.authority
        if let expiry = try? CertificateFiles.expiry(of: certificate) {
            let days = Int(expiry.timeIntervalSinceNow / 86_400)
            findings.append(
                days > 30
                    ? Finding(.good, "certificates", "valid for \(days) days")
                    : Finding(
                        .warning, "certificates", days < 0 ? "have expired" : "expire in \(days) days",
                        remedy: "\(Program.name) regenerate-certs --client-certs --force $(\(Program.name) ls -q)"))
        }
        return findings
    }

    private func images() -> [Finding] {
        ImageRecipe.Kind.allCases.map { kind in
            let build = "\(Program.name) image build \(kind)"
            do {
                guard let found = try ImageCache(store: machines.store).current(kind) else {
                    return Finding(kind == .node ? .bad : .warning, "\(kind) image", "has not been built", remedy: build)
                }
                return Finding(.good, "\(kind) image", found.digest)
            } catch { return Finding(.bad, "\(kind) image", "\(error)", remedy: build) }
        }
    }

    private func libvirt() async -> [Finding] {
        do {
            return try await machines.host.perform { connection in
                let versions = try "libvirt \(connection.libvirtVersion), QEMU \(connection.hypervisorVersion)"
                return [Finding(.good, "libvirt", try "\(connection.uri) answers (\(versions))")]
            }
        } catch { return [Finding(.bad, "libvirt", "\(error)", remedy: "sudo systemctl start libvirtd")] }
    }

    /// libvirt asks QEMU for its capabilities again at every start, 80 s under emulation, when the user that
    /// QEMU runs as cannot open /dev/kvm.
    private func devicePermissions() async -> [Finding] {
        let owner = try? await machines.host.perform { try $0.hypervisorOwner(virtualizationType: "kvm")?.user }
        // Root may open everything.
        if owner == 0, FileManager.default.fileExists(atPath: "/dev/kvm") {
            return [Finding(.good, "/dev/kvm", "open to QEMU, which runs as root")]
        }
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: "/dev/kvm"),
            let mode = attributes[.posixPermissions] as? Int
        else {
            return [
                Finding(
                    .warning, "/dev/kvm", "does not exist: machines are emulated, which is slow",
                    remedy: "sudo modprobe kvm_intel || sudo modprobe kvm_amd")
            ]
        }
        let group = attributes[.groupOwnerAccountName] as? String
        if mode & 0o006 == 0o006 || (mode & 0o060 == 0o060 && group == "kvm") {
            return [Finding(.good, "/dev/kvm", "open to QEMU")]
        }
        return [
            Finding(
                .warning, "/dev/kvm", "is closed to the user that QEMU runs as: every start may take 80 s longer",
                remedy: "sudo chgrp kvm /dev/kvm && sudo chmod 660 /dev/kvm")
        ]
    }

    private func network() async -> [Finding] {
        do {
            return try await machines.host.perform { connection in
                if let network = try LabNetwork.find(connection, name: LabNetwork.defaultName) {
                    guard try network.network.isActive else {
                        return [
                            Finding(.warning, "network", "\"\(LabNetwork.defaultName)\" is down; the next start brings it up")
                        ]
                    }
                    return [Finding(.good, "network", "\"\(LabNetwork.defaultName)\" has \(network.subnet)")]
                }
                let subnet = try LabNetwork.freeSubnet(connection)
                guard subnet == LabNetwork.defaultSubnet else {
                    return [
                        Finding(.warning, "network", "\(LabNetwork.defaultSubnet) is taken; the lab network will have \(subnet)")
                    ]
                }
                return [Finding(.good, "network", "\(subnet) is free")]
            }
        } catch { return [Finding(.bad, "network", "\(error)", remedy: "virsh -c \(machines.libvirtURI) net-list --all")] }
    }

    private func pool() async -> [Finding] {
        do {
            return try await machines.host.perform { connection in
                guard let pool = try DiskPool.find(connection) else {
                    return [Finding(.good, "disks", "the storage pool will be made with the first machine")]
                }
                let gibibytes = try pool.pool.info.available >> 30
                let path = try pool.pool.targetPath ?? DiskPool.name
                return [
                    gibibytes >= 5
                        ? Finding(.good, "disks", "\(path) has \(gibibytes) GiB left")
                        : Finding(
                            .warning, "disks", "\(path) has only \(gibibytes) GiB left",
                            remedy: "\(Program.name) image ls; \(Program.name) image rm DIGEST")
                ]
            }
        } catch { return [Finding(.bad, "disks", "\(error)", remedy: "virsh -c \(machines.libvirtURI) pool-list --all")] }
    }

    private func acceleration() async -> Finding {
        let driver = machines.libvirtDriver
        do {
            let image = try ImageCache(store: machines.store).currentGuestImage()
            let base = try await driver.ensureBase(image) { _ in }
            let verdict = try await driver.acceleration.verdict(base: base) { _ in }
            return verdict.works
                ? Finding(.good, "KVM", "runs a kernel")
                : Finding(.warning, "KVM", "\(verdict.reason): machines are emulated, which is slow")
        } catch { return Finding(.warning, "KVM", "cannot be checked yet: \(error)") }
    }

    private func forks() async -> Finding {
        let uri = machines.libvirtURI
        do {
            let newest = try await machines.templates().first
            return try await machines.host.perform { connection in
                ForkOutlook(
                    uri: uri, newest: newest.map { .init(digest: $0.digest, sharesMemory: $0.sharesMemory) },
                    mayShareMemory: Template.mayShareMemory,
                    confinement: ForkOutlook.confinement(inCapabilities: try connection.capabilities()),
                    pool: try DiskPool.find(connection)?.pool.targetPath ?? "/var/lib/libvirt/images/\(DiskPool.name)"
                ).finding
            }
        } catch { return Finding(.warning, "forks", "cannot be looked at: \(error)") }
    }

    private func registry() -> Finding {
        guard let running = ImageRegistry.running(store: machines.store).first else {
            return Finding(.good, "registry", "starts with the first machine")
        }
        return Finding(.good, "registry", "serves at \(running.url)")
    }
}
