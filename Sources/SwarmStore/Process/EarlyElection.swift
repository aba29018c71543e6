import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Lets the only member of a store stand for election as soon as it can.
///
/// A member of raft waits, at random for up to an election timeout, whether it hears of a leader. The only member hears of none, and
/// who waits for the store waits in vain: for half a second on average when a swarm begins, or when its one manager starts again.
/// So it is sent what a leader sends to the member to which it hands over, raft's `MsgTimeoutNow`, on its port for members and
/// with a member's certificate. The election itself, and what is written and acknowledged, stays raft's. Where this fails,
/// etcd elects when it would have anyway.
struct EarlyElection: Sendable {
    private let host: String
    private let port: Int
    private let identity: EtcdConfiguration.PeerIdentity
    private let group: any EventLoopGroup
    private let logger: Logger

    /// nil where the configuration does not say where members are listened to.
    init?(_ configuration: EtcdConfiguration, group: any EventLoopGroup, logger: Logger) {
        guard let url = URL(string: configuration.peerListenURL), let host = url.host, let port = url.port else { return nil }
        let plain = host.trimmingPrefix("[").prefix { $0 != "]" }
        // What listens on all addresses is reached on this one.
        self.host = plain == "0.0.0.0" ? "127.0.0.1" : plain == "::" ? "::1" : String(plain)
        self.port = port
        identity = configuration.peerIdentity
        self.group = group
        self.logger = logger
    }

    /// Waits until etcd is there, until cancelled, and sends the message if it has no other members.
    func call() async {
        do {
            let context = try NIOSSLContext(configuration: tls())
            while !Task.isCancelled {
                // Until etcd listens, and knows its members from what it has on disk.
                let start = ContinuousClock.now
                if let done = try? await exchange(context), done { return }
                // Where a handshake is a lot of work, as on an emulated processor, most of it must be left to etcd's start.
                try await Task.sleep(for: max(.milliseconds(10), (.now - start) * 4))
            }
        } catch is CancellationError {
            // Somebody leads, or etcd has ended.
        } catch {
            logger.debug("the store elects its leader in its own time: \(error)")
        }
    }

    private func tls() throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(identity.authority)
        tls.certificateChain = try NIOSSLCertificate.fromPEMFile(identity.certificate).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem))
        // The authority signs for members only, and this one is on this node: its certificate names another address of it.
        tls.certificateVerification = .noHostnameVerification
        return tls
    }

    /// Whether there is nothing left to do.
    private func exchange(_ context: NIOSSLContext) async throws -> Bool {
        let channel = try await ClientBootstrap(group: group).connectTimeout(.seconds(1)).connect(host: host, port: port) {
            channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            var answers = inbound.makeAsyncIterator()
            try await outbound.write(.head(request(.GET, "/members", [:])))
            try await outbound.write(.end(nil))
            let listed = try await answer(from: &answers)
            guard listed.head.status == .ok, let cluster = listed.head.headers.first(name: "X-Etcd-Cluster-ID") else {
                return false
            }
            let members = try JSONDecoder().decode([Member].self, from: Data(listed.body.readableBytesView))
            guard let member = members.first else { return false }
            guard members.count == 1 else { return true }
            let id = String(member.id, radix: 16)
            try await outbound.write(
                .head(
                    request(
                        .POST, "/raft",
                        [
                            "Content-Type": "application/protobuf", "Content-Length": "\(member.callToElection.count)",
                            "X-Etcd-Cluster-ID": cluster, "X-Server-From": id, "X-Raft-To": id,
                            // It talks to no other version than its own, and refuses who says none.
                            "X-Server-Version": "3.4.0", "X-Min-Cluster-Version": "3.0.0",
                        ])))
            try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: member.callToElection))))
            try await outbound.write(.end(nil))
            let status = try await answer(from: &answers).head.status
            logger.debug("asked the only member of the store to stand for election", metadata: ["status": "\(status.code)"])
            return true
        }
    }

    private func request(_ method: HTTPMethod, _ path: String, _ headers: KeyValuePairs<String, String>) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http1_1, method: method, uri: path,
            headers: HTTPHeaders([("Host", "\(host):\(port)")] + headers.map { ($0.key, $0.value) }))
    }

    private func answer(
        from parts: inout NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    ) async throws -> (head: HTTPResponseHead, body: ByteBuffer) {
        var head: HTTPResponseHead?
        var body = ByteBuffer()
        while let part = try await parts.next() {
            switch part {
            case .head(let value): head = value
            case .body(var piece):
                guard body.readableBytes + piece.readableBytes <= 1 << 20 else { throw ChannelError.outputClosed }
                body.writeBuffer(&piece)
            case .end:
                if let head { return (head, body) }
            }
        }
        throw ChannelError.eof
    }

    /// A member as etcd lists it to others.
    struct Member: Decodable {
        var id: UInt64

        /// etcd's `raftpb.Message` (raft.proto): `type` (1) is `MsgTimeoutNow` (14), `to` (2) and `from` (3) are the member. Without
        /// a term it concerns the present one.
        var callToElection: [UInt8] { [0x08, 14, 0x10] + Self.varint(id) + [0x18] + Self.varint(id) }

        private static func varint(_ value: UInt64) -> [UInt8] {
            var rest = value
            var bytes: [UInt8] = []
            while rest > 0x7f {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            return bytes + [UInt8(rest)]
        }
    }
}
