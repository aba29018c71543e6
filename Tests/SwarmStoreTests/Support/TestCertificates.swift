import FoundationEssentials
import Synchronization
import Testing

@testable import SwarmStore

/// Peer certificates for 127.0.0.1, made by openssl: one authority, and one member of it.
struct TestCertificates: Sendable {
    let identity: EtcdConfiguration.PeerIdentity

    init(in folder: TestFolder, name: String) async throws {
        let base = "\(folder.path)/\(name)"
        identity = EtcdConfiguration.PeerIdentity(
            certificate: "\(base)-peer.pem", key: "\(base)-peer-key.pem", authority: "\(base)-ca.pem")
        let script = """
            set -e
            curve='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
            openssl req -x509 $curve -keyout \(base)-ca-key.pem -out \(base)-ca.pem -days 2 -subj /CN=\(name) \
                -addext keyUsage=critical,keyCertSign
            openssl req $curve -keyout \(base)-peer-key.pem -out \(base)-peer.csr -subj /CN=member
            printf 'subjectAltName=IP:127.0.0.1\\nextendedKeyUsage=serverAuth,clientAuth\\n' > \(base)-peer.ext
            openssl x509 -req -in \(base)-peer.csr -CA \(base)-ca.pem -CAkey \(base)-ca-key.pem -CAcreateserial -days 2 \
                -extfile \(base)-peer.ext -out \(base)-peer.pem
            """
        let lines = Lines()
        let child = try await ChildProcess.spawn(
            ["/bin/bash", "-c", script], environment: ["PATH=/usr/bin:/bin"], directory: folder.path
        ) { line in lines.add(line) }
        let exit = await child.exit()
        try #require(exit == .code(0), "\(lines.all.joined(separator: "\n"))")
    }
}

/// What a child writes.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}
