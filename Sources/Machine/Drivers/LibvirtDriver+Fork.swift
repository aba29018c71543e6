import Crypto
import Foundation
import Libvirt
import Synchronization

extension LibvirtDriver {
    /// Starts the domain, which is defined, from where its template was frozen. Blocks.
    ///
    /// The definition stays as it is: the next start is a boot from the machine's own disk.
    func fork(_ connection: Connection, template: Template, xml: DomainXML) throws {
        var xml = xml
        xml.waitsForState = true
        let pool = try DiskPool.ensure(connection)
        if template.sharesMemory {
            guard let memory = try pool.pool.volume(named: DiskPool.templateMemory(template.digest)) else {
                throw MachineError.failed("the memory of template \(template.digest) is gone: try again")
            }
            xml.memory = DomainXML.MemoryFile(path: try memory.path, isWritten: false)
        }
        guard let state = try pool.pool.volume(named: DiskPool.templateState(template.digest)) else {
            throw MachineError.failed("the state of template \(template.digest) is gone: try again")
        }
        let domain = try connection.createDomain(xml: xml.text, paused: true)
        let hash = Mutex(SHA256())
        try MigrationStream(domain: domain, leavesOutSharedMemory: template.sharesMemory)
            .load(from: state) { bytes in hash.withLock { $0.update(bufferPointer: bytes) } }
        let digest = hash.withLock { $0.finalize().hexadecimal }
        guard digest == template.stateDigest else {
            throw MachineError.failed(
                "template \(template.digest) is damaged: \"\(Program.name) image rm \(template.digest)\", then try again")
        }
        try domain.resume()
    }
}
