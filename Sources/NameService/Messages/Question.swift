import SwarmModel

/// What somebody wants to know.
public struct Question: Sendable, Hashable {
    public var name: DomainName
    public var type: RecordType
    public var recordClass: RecordClass

    public init(_ name: DomainName, _ type: RecordType, _ recordClass: RecordClass = .internet) {
        self.name = name
        self.type = type
        self.recordClass = recordClass
    }
}

/// What is known of a name.
public struct Record: Sendable, Hashable {
    public var name: DomainName
    public var recordClass: RecordClass
    /// For how many seconds it may be remembered.
    public var timeToLive: UInt32
    public var data: RecordData

    public init(_ name: DomainName, _ data: RecordData, timeToLive: UInt32, recordClass: RecordClass = .internet) {
        self.name = name
        self.recordClass = recordClass
        self.timeToLive = timeToLive
        self.data = data
    }
}

/// What a record says.
public enum RecordData: Sendable, Hashable {
    case a(IPv4Address)
    /// The 16 bytes of an IPv6 address, in their order.
    case aaaa([UInt8])
    case ptr(DomainName)
    /// As it stood in the message. Names in it may point to other parts of that message.
    case other(RecordType, [UInt8])

    public var type: RecordType {
        switch self {
        case .a: .a
        case .aaaa: .aaaa
        case .ptr: .ptr
        case .other(let type, _): type
        }
    }
}
