import Foundation
import Machine

extension VirtualMachineFleet {
    /// The machines of the store at `root`.
    ///
    /// - Parameters:
    ///   - libvirtURI: nil takes `LIBVIRT_DEFAULT_URI`, else `qemu:///system`.
    ///   - programs: the folder in which host steps find `docker-machine`.
    public init(root: URL, libvirtURI: String?, programs: URL) {
        self.init(machines: Machines(store: MachineStore(root: root), libvirtURI: libvirtURI), programs: programs)
    }
}
