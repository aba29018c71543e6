import Libvirt

/// A disk with an orchestrator, in the pool: one for all machines that have that orchestrator.
struct InjectedDisk: Sendable, Equatable {
    /// The digest of what is on it (``Injection``).
    var digest: String
    /// Its file.
    var path: String

    var serial: String { Injection.serial(digest) }

    /// The device in a domain's document. Nothing writes to it, so machines share it and snapshots leave it out.
    func device(target: String) -> String {
        """
        <disk type='file' device='disk' snapshot='no'>
              <driver name='qemu' type='raw'/>
              <source file='\(XMLText.escape(path))'/>
              <target dev='\(target)' bus='virtio'/>
              <readonly/>
              <shareable/>
              <serial>\(serial)</serial>
            </disk>
        """
    }

    /// The disks of that kind in a domain's document: serial number, file and name of the device.
    static func attached(inXML xml: String) -> [(serial: String, path: String, target: String)] {
        xml.components(separatedBy: "<disk ").dropFirst().compactMap { piece in
            let disk = piece.components(separatedBy: "</disk>")[0]
            guard let serial = XMLText.text(at: "serial", in: "<disk \(disk)</disk>"), serial.hasPrefix(Injection.serial("")),
                let path = attribute("<source file='", disk), let target = attribute("<target dev='", disk)
            else { return nil }
            return (serial, XMLText.unescape(path), target)
        }
    }

    private static func attribute(_ start: String, _ xml: String) -> String? {
        guard let found = xml.range(of: start), let end = xml.range(of: "'", range: found.upperBound..<xml.endIndex) else {
            return nil
        }
        return String(xml[found.upperBound..<end.lowerBound])
    }
}
