import Testing

@testable import SwarmStore

/// What members of the store show to each other.
@Suite(.timeLimit(.minutes(1))) struct EtcdCertificateTests {
    @Test func aCertificateThatIsReplacedIsShownAtOnce() async throws {
        try await TestCluster.with(1) { cluster in
            let member = await cluster.members[0]
            let identity = member.configuration.peerIdentity
            let base = String(identity.certificate.dropLast("-peer.pem".count))
            let address = member.configuration.peerListenURL.dropFirst("https://".count)
            let lines = Lines()
            let child = try await ChildProcess.spawn(
                [
                    "/bin/bash", "-c",
                    """
                    shown() {
                        openssl s_client -connect \(address) -cert \(base)-peer.pem -key \(base)-peer-key.pem </dev/null 2>/dev/null |
                            openssl x509 -noout -serial
                    }
                    shown
                    openssl ecparam -name prime256v1 -genkey -noout -out \(base)-new-key.pem
                    openssl req -new -key \(base)-new-key.pem -subj /CN=member -out \(base)-peer.csr
                    openssl x509 -req -in \(base)-peer.csr -CA \(base)-ca.pem -CAkey \(base)-ca-key.pem -CAcreateserial -days 2 \
                        -extfile \(base)-peer.ext -out \(base)-new.pem 2>/dev/null
                    mv \(base)-new-key.pem \(base)-peer-key.pem
                    mv \(base)-new.pem \(base)-peer.pem
                    shown
                    openssl x509 -in \(base)-peer.pem -noout -serial
                    """,
                ], environment: ["PATH=/usr/bin:/bin"], directory: cluster.folder.path
            ) { lines.add($0) }
            #expect(await child.exit() == .code(0))
            let serials = lines.all.filter { $0.hasPrefix("serial=") }
            try #require(serials.count == 3, "\(lines.all)")
            #expect(serials[1] == serials[2] && serials[0] != serials[1])
        }
    }
}
