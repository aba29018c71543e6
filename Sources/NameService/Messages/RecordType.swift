/// What a record says about its name, or a question asks for (RFC 1035, section 3.2.2).
public struct RecordType: RawRepresentable, Sendable, Hashable {
    public var rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// An IPv4 address.
    public static let a = RecordType(rawValue: 1)
    /// Another name: of an address, in the reverse zone.
    public static let ptr = RecordType(rawValue: 12)
    /// An IPv6 address (RFC 3596).
    public static let aaaa = RecordType(rawValue: 28)
    /// Not a record, but what a sender can do (RFC 6891).
    public static let opt = RecordType(rawValue: 41)
    /// Only in questions: whatever there is.
    public static let any = RecordType(rawValue: 255)
}

/// The family of protocols that a record is about (RFC 1035, section 3.2.4). Only one is in use.
public struct RecordClass: RawRepresentable, Sendable, Hashable {
    public var rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let internet = RecordClass(rawValue: 1)
    /// Only in questions.
    public static let any = RecordClass(rawValue: 255)
}
