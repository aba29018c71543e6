import CNetlink

/// Attributes of a message that is being written: a length and a type of 16 bits each, then the value, filled up to four bytes.
struct AttributeList: Sendable, Equatable {
    private(set) var bytes: [UInt8] = []

    /// - Precondition: the value has less than 64 KiB: the length has 16 bits.
    mutating func add(_ type: Int, _ value: some Collection<UInt8>) {
        precondition(value.count <= Int(UInt16.max) - 4, "an attribute of \(value.count) bytes")
        bytes.append(native: UInt16(value.count + 4))
        bytes.append(native: UInt16(truncatingIfNeeded: type))
        bytes.append(contentsOf: value)
        bytes.fillUp()
    }

    /// A number in the byte order of the host.
    mutating func add<Number: FixedWidthInteger>(_ type: Int, native number: Number) {
        add(type, withUnsafeBytes(of: number) { Array($0) })
    }

    /// A number in the byte order of networks.
    mutating func add<Number: FixedWidthInteger>(_ type: Int, network number: Number) { add(type, native: number.bigEndian) }

    mutating func add(_ type: Int, flag: Bool) { add(type, native: UInt8(flag ? 1 : 0)) }

    /// A text with the zero byte at its end, as the kernel wants names.
    mutating func add(_ type: Int, text: String) { add(type, Array(text.utf8) + [0]) }

    /// A structure of the kernel's headers.
    mutating func add<Structure: BitwiseCopyable>(_ type: Int, structure: Structure) {
        add(type, withUnsafeBytes(of: structure) { Array($0) })
    }

    /// Attributes in an attribute.
    ///
    /// - Parameter marked: whether the type says so (`NLA_F_NESTED`), as all but old parts of the kernel expect.
    mutating func add(_ type: Int, marked: Bool = true, nested fill: (inout AttributeList) -> Void) {
        var inner = AttributeList()
        fill(&inner)
        add(marked ? type | Int(NLA_F_NESTED) : type, inner.bytes)
    }

    /// What is in front of attributes in some that have both.
    mutating func append<Structure: BitwiseCopyable>(structure: Structure) {
        bytes.append(contentsOf: withUnsafeBytes(of: structure) { Array($0) })
        bytes.fillUp()
    }

    mutating func append(_ other: AttributeList) { bytes.append(contentsOf: other.bytes) }
}

extension [UInt8] {
    mutating func append(native number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number) { append(contentsOf: $0) }
    }

    /// With zero bytes, up to a multiple of four.
    mutating func fillUp() {
        while count % 4 != 0 { append(0) }
    }
}
