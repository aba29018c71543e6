import CNetlink

/// The attributes of a message that was received, read as far as they are well formed.
struct Attributes: Sendable, Sequence {
    struct Element: Sendable {
        /// Without the flags in its upper two bits.
        let type: Int
        let value: ArraySlice<UInt8>
    }

    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    struct Iterator: IteratorProtocol {
        var rest: ArraySlice<UInt8>

        /// Ends at the first attribute whose length is less than that of its header or more than what there is.
        mutating func next() -> Element? {
            guard let length = rest.number(UInt16.self), let type = rest.number(UInt16.self, at: 2), length >= 4,
                Int(length) <= rest.count
            else { return nil }
            let value = rest.dropFirst(4).prefix(Int(length) - 4)
            rest = rest.dropFirst((Int(length) + 3) & ~3)
            return Element(type: Int(type) & ~(Int(NLA_F_NESTED) | Int(NLA_F_NET_BYTEORDER)), value: value)
        }
    }

    func makeIterator() -> Iterator { Iterator(rest: bytes) }

    /// The value of the first attribute of a type.
    subscript(type: Int) -> ArraySlice<UInt8>? { first { $0.type == type }?.value }

    /// A number in the byte order of the host; nil where there are too few bytes for it.
    func number<Number: FixedWidthInteger>(_ type: Int, as: Number.Type = Number.self) -> Number? {
        self[type]?.number(Number.self)
    }

    /// A number in the byte order of networks.
    func networkNumber<Number: FixedWidthInteger>(_ type: Int, as: Number.Type = Number.self) -> Number? {
        number(type, as: Number.self).map { Number(bigEndian: $0) }
    }

    func flag(_ type: Int) -> Bool? { number(type, as: UInt8.self).map { $0 != 0 } }

    /// A text up to its zero byte.
    func text(_ type: Int) -> String? { self[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) } }

    /// The attributes in an attribute.
    func nested(_ type: Int) -> Attributes? { self[type].map { Attributes($0) } }

    func mac(_ type: Int) -> MACAddress? { self[type].flatMap { MACAddress(bytes: $0) } }
    func address(_ type: Int) -> IPAddress? { self[type].flatMap { IPAddress(bytes: $0) } }
}

extension ArraySlice<UInt8> {
    /// The number at a distance from the beginning, in the byte order of the host; nil where the bytes end before it does.
    func number<Number: FixedWidthInteger>(_: Number.Type = Number.self, at offset: Int = 0) -> Number? {
        guard offset >= 0, offset + MemoryLayout<Number>.size <= count else { return nil }
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
    }

    /// A structure of the kernel's headers at the beginning, and what comes behind it; nil where there are too few bytes for it.
    func structure<Structure: BitwiseCopyable>(_: Structure.Type) -> (Structure, rest: ArraySlice<UInt8>)? {
        let size = MemoryLayout<Structure>.size
        guard size <= count else { return nil }
        return (withUnsafeBytes { $0.loadUnaligned(as: Structure.self) }, dropFirst((size + 3) & ~3))
    }
}
