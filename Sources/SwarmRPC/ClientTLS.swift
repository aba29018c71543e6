import NIOSSL
import SwarmSecurity
import SwiftASN1
import X509

/// What a caller shows to managers, and whom it believes.
public enum ClientTLS {
    /// A node's own certificate.
    public static func node(_ credentials: NodeCredentials) throws -> NIOSSLContext {
        try NIOSSLContext(configuration: try SwarmTLS.client(credentials.identity, roots: credentials.roots))
    }

    /// For who has no certificate yet and knows the root: it shows one that it has signed itself.
    public static func joining(_ key: NodeKey, roots: TrustRoots) throws -> NIOSSLContext {
        try NIOSSLContext(configuration: try showingItself(key, in: try SwarmTLS.joiningClient(roots: roots)))
    }

    /// For who does not know the root yet. Whoever answers is believed, so only the root's certificate may be asked for.
    public static func unverified(_ key: NodeKey) throws -> NIOSSLContext {
        try NIOSSLContext(configuration: try showingItself(key, in: SwarmTLS.unverifiedClient()))
    }

    private static func showingItself(_ key: NodeKey, in configuration: TLSConfiguration) throws -> TLSConfiguration {
        let privateKey = try Certificate.PrivateKey(pemEncoded: key.pem)
        let name = try DistinguishedName { CommonName("swarm-joining-node") }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: privateKey.publicKey, notValidBefore: .distantPast,
            notValidAfter: .distantFuture, issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: .init(), issuerPrivateKey: privateKey)
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        var shown = configuration
        shown.certificateChain = [.certificate(try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der))]
        shown.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pem.utf8), format: .pem))
        return shown
    }
}
