import FoundationEssentials
import NIOSSL
import SwarmModel
import SwiftASN1
import X509

/// Who is at the other end of a connection, according to its certificate.
///
/// This reads a certificate, it does not verify it: take it from a connection whose TLS handshake verified the chain, or
/// use `TrustRoots.verify`.
public struct PeerIdentity: Sendable, Hashable {
    /// The node's ID (common name).
    public let nodeID: String
    /// The node's role (organizational unit).
    public let role: NodeRole
    /// The swarm's ID (organization).
    public let clusterID: String
    /// Begin of validity.
    public let notBefore: Date
    /// End of validity. A connection may outlive it: who serves long ones checks again.
    public let notAfter: Date

    /// From when to when it holds.
    public var life: CertificateLife { CertificateLife(notBefore: notBefore, notAfter: notAfter) }

    /// Whether the certificate is valid at this time.
    public func isValid(at now: Date) -> Bool { life.contains(now) }

    /// Reads the certificate of a peer of NIO's.
    /// - Throws: `SecurityError.Code.invalidCertificate`.
    public init(_ certificate: NIOSSLCertificate) throws {
        try self.init(der: certificate.toDERBytes())
    }

    /// Reads a certificate in DER.
    /// - Throws: `SecurityError.Code.invalidCertificate`.
    public init(der: some Collection<UInt8>) throws {
        guard der.count <= PEM.byteLimit, let certificate = try? Certificate(derEncoded: Array(der)) else {
            throw Self.refusal("malformed certificate")
        }
        try self.init(certificate)
    }

    /// Reads a certificate.
    /// - Throws: `SecurityError.Code.invalidCertificate` unless it is a node's: one common name, organizational unit and
    ///   organization and nothing else, a known role, no authority, usable on both ends of TLS, and named after its role.
    public init(_ certificate: Certificate) throws {
        var values: [ASN1ObjectIdentifier: String] = [:]
        for attribute in certificate.subject.flatMap({ Array($0) }) {
            guard let value = String(attribute.value), values.updateValue(value, forKey: attribute.type) == nil else {
                throw Self.refusal("its subject repeats a field, or one is not text")
            }
        }
        guard values.count == 3, let nodeID = values[.RDNAttributeType.commonName],
            let unit = values[.RDNAttributeType.organizationalUnitName],
            let clusterID = values[.RDNAttributeType.organizationName], NodeName.isValid(nodeID), NodeName.isValid(clusterID)
        else { throw Self.refusal("its subject does not name a node and a swarm") }
        guard let role = NodeRole(certificateName: unit) else { throw Self.refusal("its subject names no role") }
        let constraints = try? certificate.extensions.basicConstraints
        guard case .notCertificateAuthority = constraints else { throw Self.refusal("it is one of an authority") }
        guard let usage = try? certificate.extensions.extendedKeyUsage, usage.contains(.clientAuth), usage.contains(.serverAuth)
        else { throw Self.refusal("it is not for both ends of TLS") }
        let names = (try? certificate.extensions.subjectAlternativeNames) ?? SubjectAlternativeNames()
        guard Set(names) == Set(NodeName.dnsNames(nodeID: nodeID, role: role).map { .dnsName($0) }) else {
            throw Self.refusal("its DNS names are not those of its role")
        }
        self.nodeID = nodeID
        self.role = role
        self.clusterID = clusterID
        notBefore = certificate.notValidBefore
        notAfter = certificate.notValidAfter
    }

    private static func refusal(_ reason: String) -> SecurityError {
        SecurityError(.invalidCertificate, "this is not the certificate of a node of a swarm: \(reason)")
    }
}
