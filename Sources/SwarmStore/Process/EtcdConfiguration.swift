import SwarmModel

/// How this node's etcd is run.
public struct EtcdConfiguration: Sendable {
    /// With whom a member without data begins. A member with data goes on with what it has, whatever this says.
    public enum Start: Sendable, Equatable {
        /// The first member of a new store.
        case newCluster
        /// One more member of a store whose members have already been told of it (`EtcdMembers.addLearner`): all of them, this
        /// one included.
        case join([Peer])
        /// The only member of the store whose data it has; the others are forgotten. What only others had is lost. A member learns
        /// late that a change is acknowledged and writes that down later still: one that ended in good order (`EtcdProcess.stop`)
        /// keeps everything that it had read, one that was killed may lose the changes of its last moments. Applies to the first
        /// start only, not when etcd is started again after a crash.
        case forceNewCluster
    }

    /// A member as others find it.
    public struct Peer: Sendable, Equatable {
        /// The member's name: the id of its node.
        public var name: String
        /// `https://host:port`.
        public var url: String

        /// A peer made of its parts.
        public init(name: String, url: String) {
            self.name = name
            self.url = url
        }
    }

    /// Paths of PEM files. etcd reads them again for every connection, so they may be replaced while it runs. The certificate
    /// serves for both ends; as a server's it must name the host of the URL that the member is reached by.
    public struct PeerIdentity: Sendable, Equatable {
        /// The member's certificate.
        public var certificate: String
        /// Its key.
        public var key: String
        /// Who signs the certificates of members, and only of members.
        public var authority: String

        /// An identity made of its parts.
        public init(certificate: String, key: String, authority: String) {
            self.certificate = certificate
            self.key = key
            self.authority = authority
        }
    }

    /// The program.
    public var executable = "/usr/bin/etcd"
    /// This member's name: the id of its node.
    public var name: String
    /// Where the data is; made if it is not there.
    public var dataDirectory: String
    /// Where the socket for requests is; made if it is not there, for its owner only. The whole path of the socket may have 107
    /// bytes, this one therefore 98.
    public var socketDirectory: String
    /// Where other members are listened to, `https://host:port`.
    public var peerListenURL: String
    /// Where other members reach this one, `https://host:port`.
    public var peerAdvertiseURL: String
    /// How members know each other.
    public var peerIdentity: PeerIdentity
    /// With whom it begins.
    public var start: Start
    /// What tells this store from others on the same addresses: the id of the cluster.
    public var clusterToken: String
    /// Its members' heartbeat and election, to a millisecond.
    public var patience = Patience.ofThisHost
    /// How large the data may grow, in bytes, before changes are refused.
    public var quota = 1 << 30
    /// How many of the newest changes are kept for watches, at least.
    public var history = 10_000

    /// A configuration with the usual intervals and sizes.
    public init(
        name: String, dataDirectory: String, socketDirectory: String, peerListenURL: String, peerAdvertiseURL: String,
        peerIdentity: PeerIdentity, start: Start, clusterToken: String
    ) {
        self.name = name
        self.dataDirectory = dataDirectory
        self.socketDirectory = socketDirectory
        self.peerListenURL = peerListenURL
        self.peerAdvertiseURL = peerAdvertiseURL
        self.peerIdentity = peerIdentity
        self.start = start
        self.clusterToken = clusterToken
    }

    /// The socket for requests.
    public var socket: String { Self.socket(in: socketDirectory) }

    /// The socket for requests of an etcd with this socket directory.
    public static func socket(in directory: String) -> String { "\(directory)/\(socketName)" }

    /// etcd 3.4 takes no path in a `unix:` URL, and wants a port; what it makes of it is a file of that name where it was started.
    /// 3.5 does the same with it.
    private static let socketName = "client:0"

    /// The command. Everything is said in flags: nothing of this process's environment gets there.
    func arguments(forcing: Bool, verbose: Bool) -> [String] {
        var arguments = [
            executable,
            "--name=\(name)",
            "--data-dir=\(dataDirectory)",
            "--listen-client-urls=unix://\(Self.socketName)",
            "--advertise-client-urls=unix://\(Self.socketName)",
            "--listen-peer-urls=\(peerListenURL)",
            "--initial-advertise-peer-urls=\(peerAdvertiseURL)",
            "--peer-cert-file=\(peerIdentity.certificate)",
            "--peer-key-file=\(peerIdentity.key)",
            "--peer-trusted-ca-file=\(peerIdentity.authority)",
            "--peer-client-cert-auth",
            // Who may be a member is said by the authority; from which address a member calls says nothing.
            "--experimental-peer-skip-client-san-verification",
            "--initial-cluster-token=\(clusterToken)",
            "--heartbeat-interval=\(Int(patience.heartbeat / .milliseconds(1)))",
            "--election-timeout=\(Int(patience.election / .milliseconds(1)))",
            "--pre-vote",
            // The strict check refuses a second member within 5 s of the first. Whether a member may go is checked where it is
            // asked for, and new ones have no vote until they have caught up.
            "--strict-reconfig-check=false",
            "--quota-backend-bytes=\(quota)",
            "--max-txn-ops=\(Transaction.sizeLimit)",
            "--max-request-bytes=\(4 << 20)",
            "--auto-compaction-mode=revision",
            "--auto-compaction-retention=\(history)",
            // What keeps memory and disk small: fewer entries of the log in memory, fewer files of 64 MB.
            "--snapshot-count=2000",
            "--max-snapshots=2",
            "--max-wals=2",
            "--enable-grpc-gateway=false",
            "--logger=zap",
            "--log-outputs=stderr",
            "--log-level=\(verbose ? "info" : "warn")",
        ]
        switch start {
        case .newCluster:
            arguments += ["--initial-cluster=\(name)=\(peerAdvertiseURL)", "--initial-cluster-state=new"]
        case .join(let peers):
            let list = peers.map { "\($0.name)=\($0.url)" }.joined(separator: ",")
            arguments += ["--initial-cluster=\(list)", "--initial-cluster-state=existing"]
        case .forceNewCluster:
            arguments += ["--initial-cluster=\(name)=\(peerAdvertiseURL)"]
            if forcing { arguments.append("--force-new-cluster") }
        }
        return arguments
    }

    /// Collects garbage at a quarter of what is usual: etcd allocates much and keeps little. (A memory limit would save more, and cost
    /// half the processor once the live data is above it.)
    static let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "GOGC=25"]
}
