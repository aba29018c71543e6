internal import CLibvirt

extension LibvirtError {
    /// One of libvirt's error numbers. Numbers without a name here still compare and print.
    public struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
        /// The number as libvirt's `virterror.h` has it.
        public var rawValue: Int32

        /// The code with this number.
        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        /// The code with this number.
        public init(integerLiteral value: Int32) {
            self.rawValue = value
        }

        private init(_ number: virErrorNumber) {
            self.rawValue = Int32(bitPattern: number.rawValue)
        }

        /// The number, as text.
        public var description: String { "libvirt error \(rawValue)" }

        /// libvirt failed without saying why.
        public static let unknown = Code(VIR_ERR_OK)
        /// Something went wrong inside libvirt or QEMU; QEMU's words are in the message. The guest agent's refusals come as this too.
        public static let internalError = Code(VIR_ERR_INTERNAL_ERROR)
        /// There is not enough memory.
        public static let noMemory = Code(VIR_ERR_NO_MEMORY)
        /// This driver cannot do that.
        public static let noSupport = Code(VIR_ERR_NO_SUPPORT)
        /// No driver answers to this URI.
        public static let noConnect = Code(VIR_ERR_NO_CONNECT)
        /// The connection is not, or no longer, usable.
        public static let invalidConnection = Code(VIR_ERR_INVALID_CONN)
        /// An argument makes no sense.
        public static let invalidArgument = Code(VIR_ERR_INVALID_ARG)
        /// The operation failed; also: a domain or network of that name exists already with another UUID.
        public static let operationFailed = Code(VIR_ERR_OPERATION_FAILED)
        /// The domain exists already (few drivers use it: QEMU's says ``operationFailed``).
        public static let domainExists = Code(VIR_ERR_DOM_EXIST)
        /// The connection was opened for reading only, or the policy forbids the operation.
        public static let operationDenied = Code(VIR_ERR_OPERATION_DENIED)
        /// The XML does not parse.
        public static let xmlError = Code(VIR_ERR_XML_ERROR)
        /// The XML parses but lacks or contradicts something.
        public static let xmlDetail = Code(VIR_ERR_XML_DETAIL)
        /// The configuration asks for what this host or QEMU does not have.
        public static let configUnsupported = Code(VIR_ERR_CONFIG_UNSUPPORTED)
        /// A system call failed: the daemon's socket is missing, a file cannot be opened, the disk is full.
        public static let systemError = Code(VIR_ERR_SYSTEM_ERROR)
        /// The connection to the daemon broke in the middle of a call.
        public static let rpc = Code(VIR_ERR_RPC)
        /// There is no such domain.
        public static let noDomain = Code(VIR_ERR_NO_DOMAIN)
        /// There is no such network.
        public static let noNetwork = Code(VIR_ERR_NO_NETWORK)
        /// There is no such storage pool.
        public static let noStoragePool = Code(VIR_ERR_NO_STORAGE_POOL)
        /// There is no such storage volume.
        public static let noStorageVolume = Code(VIR_ERR_NO_STORAGE_VOL)
        /// The pool has a volume of that name already.
        public static let storageVolumeExists = Code(VIR_ERR_STORAGE_VOL_EXIST)
        /// There is no such metadata on the domain.
        public static let noDomainMetadata = Code(VIR_ERR_NO_DOMAIN_METADATA)
        /// The object is not in a state for this (starting what runs, stopping what does not).
        public static let operationInvalid = Code(VIR_ERR_OPERATION_INVALID)
        /// libvirt gave up waiting: another call holds the domain.
        public static let operationTimeout = Code(VIR_ERR_OPERATION_TIMEOUT)
        /// The argument is well formed, but this object does not have what it needs (no guest agent channel, for one).
        public static let argumentUnsupported = Code(VIR_ERR_ARGUMENT_UNSUPPORTED)
        /// The guest agent is not there (yet), or did not answer in time.
        public static let agentUnresponsive = Code(VIR_ERR_AGENT_UNRESPONSIVE)
        /// The guest agent's answers are out of step with the questions; asking again helps.
        public static let agentUnsynced = Code(VIR_ERR_AGENT_UNSYNCED)
        /// A file, socket or address that the object needs is in use.
        public static let resourceBusy = Code(VIR_ERR_RESOURCE_BUSY)
        /// Access to the daemon was refused.
        public static let accessDenied = Code(VIR_ERR_ACCESS_DENIED)
        /// The daemon wants credentials and did not get good ones.
        public static let authFailed = Code(VIR_ERR_AUTH_FAILED)
        /// The daemon wants an authentication that this client cannot do (polkit without an agent, for one).
        public static let authUnavailable = Code(VIR_ERR_AUTH_UNAVAILABLE)
        /// The user called it off.
        public static let authCancelled = Code(VIR_ERR_AUTH_CANCELLED)
        /// The device to change or remove is not there.
        public static let deviceMissing = Code(VIR_ERR_DEVICE_MISSING)
    }
}
