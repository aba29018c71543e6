import Foundation
import Lab
import LabCLI

await LabProgram.main { options in
    VirtualMachineFleet(
        storagePath: options.storagePath, libvirtURI: options.libvirtURI,
        programs: try Programs.folder(store: options.storagePath))
}
