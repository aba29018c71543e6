import FoundationEssentials
import SwiftASN1
import X509

/// What the certificate of a member of the store says. This reads a certificate, it does not verify it.
public struct PeerCertificate: Sendable, Equatable {
    /// The member's node.
    public let nodeID: String
    /// From when to when it holds.
    public let life: CertificateLife
    private let names: Set<GeneralName>

    /// Reads what `PeerAuthority.issue` has made.
    /// - Throws: `SecurityError.Code.invalidCertificate`.
    public init(pem: String) throws {
        let certificates = try PEM.certificates(pem, what: "certificate for the store")
        let commonName = certificates.first?.subject.flatMap { Array($0) }.first { $0.type == .RDNAttributeType.commonName }
        guard let certificate = certificates.first, let nodeID = commonName.flatMap({ String($0.value) }) else {
            throw SecurityError(.invalidCertificate, "the certificate for the store names no node")
        }
        self.nodeID = nodeID
        life = CertificateLife(notBefore: certificate.notValidBefore, notAfter: certificate.notValidAfter)
        names = Set((try? certificate.extensions.subjectAlternativeNames) ?? SubjectAlternativeNames())
    }

    /// Whether other members accept it at this time from a member that they call by this address.
    /// - Parameter address: an IP address or a DNS name.
    public func serves(_ address: String, at now: Date) -> Bool {
        guard let name = try? PeerAuthority.name(of: address) else { return false }
        return life.contains(now) && names.contains(name)
    }
}
