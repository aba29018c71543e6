import Foundation
import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS
import SwarmModel
import Testing

@testable import SwarmSecurity

/// Both ends of a connection in memory.
private struct Handshake {
    /// What the server learned of the client; `nil` if it came without certificate.
    var peer: PeerIdentity?
    /// Whether application bytes went both ways.
    var established: Bool
    /// The first error of either end.
    var failure: (any Error)?
    var applicationProtocol: String?

    /// Runs the handshake, then an exchange of application bytes: with TLS 1.3 a client only learns from the first
    /// read whether the server accepted its certificate.
    init(client: TLSConfiguration, server: TLSConfiguration, serverName: String = SwarmTLS.managerServerName) throws {
        let (clientChannel, serverChannel) = (EmbeddedChannel(), EmbeddedChannel())
        defer {
            // Not `finish()`: it waits for the other end's goodbye, for which nobody would carry bytes any more.
            for channel in [clientChannel, serverChannel] {
                channel.close(promise: nil)
                channel.embeddedEventLoop.advanceTime(by: .seconds(60))
            }
        }
        let serverHandler = NIOSSLServerHandler(context: try NIOSSLContext(configuration: server))
        let clientHandler = try NIOSSLClientHandler(context: NIOSSLContext(configuration: client), serverHostname: serverName)
        try serverChannel.pipeline.syncOperations.addHandler(serverHandler)
        try clientChannel.pipeline.syncOperations.addHandler(clientHandler)
        var failure: (any Error)?
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch { failure = failure ?? error }
        }
        func pump() {
            for _ in 0..<20 {
                var moved = false
                for (from, to) in [(clientChannel, serverChannel), (serverChannel, clientChannel)] {
                    while let bytes = try? from.readOutbound(as: ByteBuffer.self) {
                        moved = true
                        attempt { try to.writeInbound(bytes) }
                        attempt { try to.throwIfErrorCaught() }
                    }
                }
                if !moved { return }
            }
        }
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 2377)
        serverChannel.connect(to: address, promise: nil)
        clientChannel.connect(to: address, promise: nil)
        pump()
        clientChannel.writeAndFlush(ByteBuffer(string: "ping"), promise: nil)
        pump()
        let ping = try? serverChannel.readInbound(as: ByteBuffer.self)
        serverChannel.writeAndFlush(ByteBuffer(string: "pong"), promise: nil)
        pump()
        let pong = try? clientChannel.readInbound(as: ByteBuffer.self)
        established = ping.map { String(buffer: $0) } == "ping" && pong.map { String(buffer: $0) } == "pong"
        self.failure = failure
        peer = try serverHandler.peerCertificate.map { try PeerIdentity($0) }
        applicationProtocol = clientHandler.tlsVersion == .tlsv13 ? "TLS 1.3" : "older"
    }
}

@Suite struct HandshakeTests {
    private let swarm: TestSwarm
    private let roots: TrustRoots
    private let server: TLSConfiguration
    private let now = Date()

    init() throws {
        swarm = try TestSwarm()
        roots = try swarm.roots
        server = try SwarmTLS.server(swarm.node(.manager, id: "manager1"), roots: roots)
    }

    @Test(arguments: NodeRole.allCases)
    func aNodeOfTheSwarmIsKnownByNameAndRole(_ role: NodeRole) throws {
        let node = try swarm.node(role, id: "node2")
        let handshake = try Handshake(client: SwarmTLS.client(node, roots: roots), server: server)
        #expect(handshake.established, "\(String(describing: handshake.failure))")
        #expect(handshake.peer == node.peer)
        #expect(handshake.applicationProtocol == "TLS 1.3")
    }

    @Test func whoWantsToJoinComesWithoutCertificate() throws {
        let handshake = try Handshake(
            client: SwarmTLS.joiningClient(roots: roots), server: server, serverName: SwarmTLS.authorityServerName)
        #expect(handshake.established, "\(String(describing: handshake.failure))")
        #expect(handshake.peer == nil)
        let fetching = try Handshake(client: SwarmTLS.unverifiedClient(), server: server)
        #expect(fetching.established, "\(String(describing: fetching.failure))")
        #expect(fetching.peer == nil)
    }

    @Test func aNodeOfAnotherSwarmIsTurnedAway() throws {
        let stranger = try TestSwarm().node(.manager)
        let handshake = try Handshake(client: SwarmTLS.client(stranger, roots: roots), server: server)
        #expect(!handshake.established)
        #expect(handshake.failure != nil)
        var silent = SwarmTLS.unverifiedClient()
        silent.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(stranger.certificateChainPEM.utf8)).map {
            .certificate($0)
        }
        silent.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(stranger.keyPEM.utf8), format: .pem))
        #expect(try !Handshake(client: silent, server: server).established)
    }

    @Test func aManagerOfAnotherSwarmIsNotTrusted() throws {
        let other = try TestSwarm()
        let imposter = try SwarmTLS.server(other.node(.manager), roots: roots)
        #expect(try !Handshake(client: SwarmTLS.client(swarm.node(.worker), roots: roots), server: imposter).established)
        #expect(try !Handshake(client: SwarmTLS.joiningClient(roots: roots), server: imposter).established)
    }

    @Test func aWorkerCannotPoseAsManager() throws {
        let worker = try SwarmTLS.server(swarm.node(.worker), roots: roots)
        for name in [SwarmTLS.managerServerName, SwarmTLS.authorityServerName] {
            let handshake = try Handshake(
                client: SwarmTLS.client(swarm.node(.worker, id: "n"), roots: roots), server: worker, serverName: name)
            #expect(!handshake.established)
            #expect(handshake.failure != nil)
        }
    }

    @Test func expiredAndFutureCertificatesAreTurnedAway() throws {
        let old = try TestSwarm(now: now - 10 * 86400)
        let oldRoots = try old.roots
        let expired = try old.node(.worker, life: .seconds(3600), now: now - 86400)
        let future = try old.node(.worker, now: now + 2 * 86400)
        let valid = try old.node(.manager)
        for node in [expired, future] {
            #expect(
                try !Handshake(client: SwarmTLS.client(node, roots: oldRoots), server: SwarmTLS.server(valid, roots: oldRoots))
                    .established)
        }
        let expiredManager = try old.node(.manager, life: .seconds(3600), now: now - 86400)
        #expect(
            try !Handshake(
                client: SwarmTLS.client(valid, roots: oldRoots), server: SwarmTLS.server(expiredManager, roots: oldRoots)
            ).established)
    }

    @Test func aNodesOwnCertificateCannotSignAnother() throws {
        // A worker signs a manager's certificate with its key and presents both.
        let worker = try swarm.node(.worker)
        let forged = try TestSwarm.forge(by: worker)
        let server = try SwarmTLS.server(swarm.node(.manager), roots: roots)
        var client = SwarmTLS.unverifiedClient()
        client.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(forged.chain.utf8)).map { .certificate($0) }
        client.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(forged.key.pem.utf8), format: .pem))
        #expect(try !Handshake(client: client, server: server).established)
    }

    @Test func duringRotationOldAndNewNodesReachEachOther() async throws {
        var new = try TestSwarm()
        new.root.intermediatesPEM = [try swarm.root.crossSign(new.root, now: now)]
        let both = try roots.union(new.roots)
        let oldNode = try swarm.node(.manager, id: "old1")
        // What a manager issues while it rotates: signed by the new key, with the cross-signed certificate behind.
        let key = NodeKey()
        let chain = try new.root.issue(
            signingRequest: key.signingRequest(), nodeID: "new1", role: .manager, clusterID: TestSwarm.id, now: now)
        let newNode = try NodeIdentity(certificateChainPEM: chain, key: key, roots: both)
        #expect(newNode.issuer == (try new.root.issuer))
        #expect(oldNode.issuer == (try swarm.root.issuer))
        #expect(newNode.issuerKeyDigest != oldNode.issuerKeyDigest)

        for (trusted, node) in [(roots, newNode), (try new.roots, newNode), (both, newNode), (both, oldNode), (roots, oldNode)] {
            #expect(try await trusted.verify(chainPEM: node.certificateChainPEM, now: now) == node.peer)
            let asClient = try Handshake(
                client: SwarmTLS.client(node, roots: both), server: SwarmTLS.server(oldNode, roots: trusted.union(roots)))
            #expect(asClient.established, "\(String(describing: asClient.failure))")
            #expect(asClient.peer == node.peer)
            let asServer = try Handshake(
                client: SwarmTLS.joiningClient(roots: trusted), server: SwarmTLS.server(node, roots: both))
            #expect(asServer.established, "\(String(describing: asServer.failure))")
        }
        // Once only the new root is trusted, what the old one signed is not.
        let after = try new.roots
        #expect(
            try !Handshake(client: SwarmTLS.client(oldNode, roots: both), server: SwarmTLS.server(newNode, roots: after))
                .established)
        #expect(
            await refusal { try await after.verify(chainPEM: oldNode.certificateChainPEM, now: now) } == .untrustedCertificate)
    }

    @Test func opensslFollowsTheCrossSignedChainToTheOldRoot() throws {
        let folder = try TemporaryFolder()
        let new = try RootAuthority.create(now: now)
        let intermediate = try folder.write(swarm.root.crossSign(new, now: now), "intermediate.crt")
        var rotated = swarm
        rotated.root = new
        let leaf = try folder.write(rotated.node(.worker).certificateChainPEM, "leaf.crt")
        let oldRoot = try folder.write(swarm.root.certificatePEM, "old.crt")
        #expect(try openssl("verify", "-CAfile", oldRoot, leaf).status != 0)
        let followed = try openssl("verify", "-x509_strict", "-CAfile", oldRoot, "-untrusted", intermediate, leaf)
        #expect(followed.status == 0, "\(followed.output)")
    }

    @Test func aBundleHoldsEachRootOnce() throws {
        let other = try TestSwarm().roots
        let both = try roots.union(other)
        #expect(try both.nioCertificates.count == 2)
        #expect(try both.union(roots) == both)
        #expect(try TrustRoots(pem: both.pem) == both)
    }
}
