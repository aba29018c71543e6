import Foundation

/// A program's file as the kernel sees it (ELF-64, System V ABI, "Object Files" and "Dynamic Linking").
struct ProgramFile: Sendable, Equatable {
    /// The shared libraries that it cannot run without.
    var libraries: [String]

    /// What a guest has: glibc, and what its package manager needs.
    private static let present: Set<String> = [
        "libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1", "libresolv.so.2",
        "ld-linux-x86-64.so.2", "libgcc_s.so.1", "libstdc++.so.6", "libz.so.1",
    ]

    /// The libraries that no guest has.
    var missingInGuests: [String] { libraries.filter { !Self.present.contains($0) } }

    /// - Returns: nil where the bytes are no whole program for x86-64.
    init?(_ bytes: Data) {
        let file = Reader(bytes: bytes)
        guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), file.integer(at: 18, of: UInt16.self) == 62,
            let headers = file.offset(at: 32), let size = file.integer(at: 54, of: UInt16.self),
            let count = file.integer(at: 56, of: UInt16.self)
        else { return nil }
        libraries = []
        var segments: [Segment] = []
        for index in 0..<Int(count) {
            guard let segment = Segment(file, at: headers + index * Int(size)) else { return nil }
            segments.append(segment)
        }
        guard let dynamic = segments.first(where: { $0.type == Segment.dynamic }) else { return }

        var names: [Int] = []
        var strings: Int?
        for entry in stride(from: dynamic.offset, to: dynamic.offset + dynamic.size, by: 16) {
            guard let tag = file.integer(at: entry, of: UInt64.self), let value = file.offset(at: entry + 8) else { return nil }
            if tag == 0 { break }
            if tag == 1 { names.append(value) }
            if tag == 5 { strings = segments.lazy.compactMap { $0.fileOffset(of: value) }.first }
        }
        guard let strings else { return nil }
        for name in names {
            guard let text = file.text(at: strings + name) else { return nil }
            libraries.append(text)
        }
    }

    /// A part of the file that is mapped.
    private struct Segment {
        static let load: UInt32 = 1
        static let dynamic: UInt32 = 2

        var type: UInt32
        var offset: Int
        var address: Int
        var size: Int

        init?(_ file: Reader, at place: Int) {
            guard let type = file.integer(at: place, of: UInt32.self), let offset = file.offset(at: place + 8),
                let address = file.offset(at: place + 16), let size = file.offset(at: place + 32)
            else { return nil }
            (self.type, self.offset, self.address, self.size) = (type, offset, address, size)
        }

        func fileOffset(of address: Int) -> Int? {
            guard type == Self.load, address >= self.address, address - self.address < size else { return nil }
            return offset + address - self.address
        }
    }

    /// Little-endian values in bytes that may end anywhere.
    private struct Reader {
        let bytes: Data

        func integer<Value: FixedWidthInteger>(at offset: Int, of type: Value.Type) -> Value? {
            let width = MemoryLayout<Value>.size
            guard offset >= 0, offset <= bytes.count - width else { return nil }
            let start = bytes.startIndex + offset
            return bytes[start..<start + width].reversed().reduce(0) { $0 << 8 | Value($1) }
        }

        /// A place or a size; nil where it lies beyond any file.
        func offset(at place: Int) -> Int? {
            integer(at: place, of: UInt64.self).flatMap { $0 < 1 << 48 ? Int($0) : nil }
        }

        func text(at offset: Int) -> String? {
            guard offset >= 0, offset < bytes.count else { return nil }
            let rest = bytes[(bytes.startIndex + offset)...]
            return rest.firstIndex(of: 0).map { String(decoding: rest[..<$0], as: UTF8.self) }
        }
    }
}
