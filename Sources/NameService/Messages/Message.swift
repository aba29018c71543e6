/// A message of the domain name system (RFC 1035, section 4), with its extension for larger ones (RFC 6891).
public struct Message: Sendable, Equatable {
    /// By which an answer is found to belong to a question.
    public var id: UInt16
    public var flags: Flags
    public var questions: [Question]
    public var answers: [Record]
    public var authorities: [Record]
    /// Without the one that `extensions` is made from.
    public var additionals: [Record]
    /// What the sender can do beyond the first standard; nil where it does not say.
    public var extensions: Extensions?

    public init(
        id: UInt16, flags: Flags = Flags(), questions: [Question] = [], answers: [Record] = [], authorities: [Record] = [],
        additionals: [Record] = [], extensions: Extensions? = nil
    ) {
        self.id = id
        self.flags = flags
        self.questions = questions
        self.answers = answers
        self.authorities = authorities
        self.additionals = additionals
        self.extensions = extensions
    }

    /// The second two bytes of a message.
    public struct Flags: RawRepresentable, Sendable, Hashable {
        public var rawValue: UInt16

        public init(rawValue: UInt16) { self.rawValue = rawValue }
        public init() { rawValue = 0 }

        public var isResponse: Bool {
            get { self[15] }
            set { self[15] = newValue }
        }
        /// 0 for a question.
        public var operation: UInt8 { UInt8(rawValue >> 11 & 15) }
        /// Whether who answers is who decides what the name stands for.
        public var isAuthoritative: Bool {
            get { self[10] }
            set { self[10] = newValue }
        }
        /// Whether something had to be left out, for want of room.
        public var isTruncated: Bool {
            get { self[9] }
            set { self[9] = newValue }
        }
        /// Whether who is asked is to ask others.
        public var wantsRecursion: Bool {
            get { self[8] }
            set { self[8] = newValue }
        }
        /// Whether who is asked does ask others.
        public var offersRecursion: Bool {
            get { self[7] }
            set { self[7] = newValue }
        }
        /// The lower four bits of the code; nil for those that have no name here.
        public var code: ResponseCode? { ResponseCode(rawValue: UInt8(rawValue & 15)) }

        public mutating func set(_ code: ResponseCode) { rawValue = rawValue & ~15 | UInt16(code.rawValue) }

        private subscript(bit: UInt16) -> Bool {
            get { rawValue & 1 << bit != 0 }
            set { rawValue = newValue ? rawValue | 1 << bit : rawValue & ~(1 << bit) }
        }
    }

    /// EDNS.
    public struct Extensions: Sendable, Hashable {
        /// The largest message that the sender takes by UDP, bytes.
        public var payload: UInt16
        /// The upper eight bits of the code.
        public var upperCode: UInt8
        /// 0 is the only one there is.
        public var version: UInt8
        public var flags: UInt16

        public init(payload: UInt16, upperCode: UInt8 = 0, version: UInt8 = 0, flags: UInt16 = 0) {
            self.payload = payload
            self.upperCode = upperCode
            self.version = version
            self.flags = flags
        }
    }

    /// The answer to a question, with nothing in it yet.
    public func reply(_ code: ResponseCode) -> Message {
        var flags = Flags()
        flags.isResponse = true
        flags.rawValue |= UInt16(self.flags.operation) << 11
        flags.wantsRecursion = self.flags.wantsRecursion
        flags.offersRecursion = true
        flags.set(code)
        return Message(
            id: id, flags: flags, questions: questions,
            extensions: extensions.map { _ in Extensions(payload: UInt16(MessageSize.datagram)) })
    }
}

/// How large messages may be, bytes.
public enum MessageSize {
    /// By UDP, where the asker says nothing of it (RFC 1035, section 4.2.1).
    public static let plain = 512
    /// The most that is sent and taken by UDP, whatever the other says.
    public static let datagram = 4096
    /// By TCP, where a length of two bytes stands before each.
    public static let stream = 65535

    /// What an answer by UDP may have.
    static func limit(_ extensions: Message.Extensions?) -> Int { min(max(Int(extensions?.payload ?? 0), plain), datagram) }
}
