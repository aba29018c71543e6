import Foundation
import Libvirt

/// libvirt's built-in test driver: a made-up hypervisor in this process, no daemon, no effect outside.
enum TestDriver {
    /// A connection with a state of its own. (`test:///default` is one state for all connections of a process, and tests run side
    /// by side.) It has the running domain `made-up`, the network `made-up-net` and the storage pool `made-up-pool`.
    static func connect() throws -> Connection {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("libvirt-tests-\(UUID()).xml")
        try Data(state.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try Connection(uri: "test://\(file.path)")
    }

    static let state = """
        <node>
          <domain type='test'><name>made-up</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>
            <memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>
          <network><name>made-up-net</name><bridge name='virbr7'/><ip address='192.168.7.1' netmask='255.255.255.0'/></network>
          <pool type='dir'><name>made-up-pool</name><target><path>/made-up/pool &amp; more</path></target></pool>
        </node>
        """

    static func domainXML(named name: String) -> String {
        """
        <domain type='test'><name>\(XMLText.escape(name))</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
        <os><type>hvm</type></os></domain>
        """
    }
}

/// Runs the body and returns the libvirt error that it throws, nil if none.
func libvirtError(_ body: () throws -> Void) -> LibvirtError? {
    do {
        try body()
        return nil
    } catch {
        return error as? LibvirtError
    }
}
