import FoundationEssentials
import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOSSL

/// The certificates of an endpoint, read from their files when the first client comes and again when the files have changed.
///
/// Not before: a machine that is forked from a template gets its certificates, and its randomness, after this process has started.
final class TLSCredentials: Sendable {
    /// What tells a file from the one that was there before.
    private struct Stamp: Equatable {
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int
    }

    private let endpoint: TLSEndpoint
    private let known = NIOLockedValueBox<(stamps: [Stamp], context: NIOSSLContext)?>(nil)

    init(_ endpoint: TLSEndpoint) { self.endpoint = endpoint }

    /// - Throws: what is wrong with the files.
    func context() throws -> NIOSSLContext {
        let stamps = try [endpoint.authority, endpoint.certificate, endpoint.key].map(Self.stamp)
        if let context = known.withLockedValue({ $0?.stamps == stamps ? $0?.context : nil }) { return context }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(endpoint.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: endpoint.key, format: .pem)))
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(endpoint.authority))
        // Clients have no name that could be compared; that the authority has signed them is what counts.
        configuration.certificateVerification = .noHostnameVerification
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        let context = try NIOSSLContext(configuration: configuration)
        known.withLockedValue { $0 = (stamps, context) }
        return context
    }

    private static func stamp(_ path: String) throws -> Stamp {
        var status = stat()
        guard stat(path, &status) == 0 else { throw IOError(errnoCode: errno, reason: "read \(path)") }
        return Stamp(
            inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: Int(status.st_mtim.tv_sec),
            nanoseconds: Int(status.st_mtim.tv_nsec))
    }
}

extension Connection {
    /// Continues with TLS, beginning with what has been received.
    func secure(with context: NIOSSLContext, first: ByteBuffer) async throws {
        unread(first)
        try await channel.eventLoop.submit { [self] in
            let received = takeReceived()
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLServerHandler(context: context), position: .before(tail))
            for bytes in received { channel.pipeline.fireChannelRead(bytes) }
            channel.pipeline.fireChannelReadComplete()
        }.get()
    }
}
