import Logging
import NIOCore

/// Where a gateway listens and whom it asks.
public struct GatewayConfiguration: Sendable {
    /// Path of the unix socket that clients use, for example `/var/run/docker.sock`. A stale one is replaced.
    public var dockerSocket: String
    /// Path of the engine's own unix socket.
    public var engineSocket: String
    /// Where clients may come over the network; nil for nowhere.
    public var endpoint: TLSEndpoint?

    public init(dockerSocket: String, engineSocket: String, endpoint: TLSEndpoint? = nil) {
        self.dockerSocket = dockerSocket
        self.engineSocket = engineSocket
        self.endpoint = endpoint
    }
}

/// An address that is served with TLS, to clients that show a certificate.
public struct TLSEndpoint: Sendable, Equatable {
    /// IP address, for example `0.0.0.0` or `::`.
    public var address: String
    /// 0 for any free one.
    public var port: Int
    /// Paths of PEM files: whose certificates clients must show, and the server's own certificate and key. Read at the first
    /// connection, and again when they have changed.
    public var authority: String
    public var certificate: String
    public var key: String

    public init(address: String, port: Int, authority: String, certificate: String, key: String) {
        self.address = address
        self.port = port
        self.authority = authority
        self.certificate = certificate
        self.key = key
    }
}
