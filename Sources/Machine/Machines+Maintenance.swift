import Foundation
import Libvirt

extension Machines {
    /// Drops what is written of a machine and leaves whatever else there may be of it.
    public func forget(_ name: String) throws { try store.removeFolder(of: name) }

    /// Starts the image registry on the lab network, which is made if it is not there.
    ///
    /// - Throws: `MachineError.failed` where there are no images to serve.
    public func startRegistry() async throws -> ImageRegistry {
        let lock = try await FileLock.take(store.root.appending(path: ".network.lock"))
        let gateway = try await host.perform { try LabNetwork.ensure($0, name: LabNetwork.defaultName, cidr: nil).gateway }
        withExtendedLifetime(lock) {}
        let registry = ImageRegistry(store: store, address: gateway)
        guard try await registry.ensureRunning() else {
            throw MachineError.failed(
                "there are no container images to serve: \"\(Program.name) image build containers\" builds them")
        }
        return registry
    }
}

extension Machine {
    /// Installs the newest engine that the guest's package sources offer, and the swarmd of this host where the machine has
    /// another, and waits until the engine answers.
    public func upgrade(log: @escaping Log) async throws {
        try await requireRunning()
        log("Upgrading docker...")
        let shell = try await driver.shell()
        try await shell.check(
            """
            set -eu
            export DEBIAN_FRONTEND=noninteractive
            apt-get -q update
            apt-get -q install -y --only-upgrade docker.io docker-cli containerd
            """, doing: "upgrading docker in \"\(name)\"", timeout: .seconds(900))
        log("Restarting docker...")
        try await shell.check("systemctl restart docker", doing: "restarting docker in \"\(name)\"")
        try await replaceOrchestrator(log: log)
        try await Provisioner(machine: self, log: log).waitForEngine()
    }
}
