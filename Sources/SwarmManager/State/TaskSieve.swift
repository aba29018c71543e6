import FoundationEssentials
import SwarmModel
import SwarmStore

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Keeps values of the store from being decoded that cannot be what is asked for: decoding is what takes time with thousands of
/// tasks. What it lets through is to be looked at.
struct TaskSieve {
    /// Of each group one text has to be in a value.
    private var groups: [[[UInt8]]] = []

    init() {}

    /// For tasks that have a place in a network.
    init(in network: String) { require(anyOf: [network]) }

    /// What is asked for has one of these texts in it. Those that the store might have in another form ask for nothing.
    ///
    /// - Parameter isWhole: whether the text is all of a string.
    mutating func require(anyOf texts: some Sequence<String>, isWhole: Bool = true) {
        var group: [[UInt8]] = []
        for text in texts {
            guard !text.isEmpty, text.utf8.allSatisfy(Self.isPlain) else { return }
            group.append(isWhole ? Array("\"\(text)\"".utf8) : Array(text.utf8))
        }
        groups.append(group)
    }

    /// Letters, digits and marks that JSON has nothing to say of.
    private static func isPlain(_ byte: UInt8) -> Bool {
        ServiceValidation.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: ".")
    }

    private static func find(_ text: [UInt8], in value: UnsafeRawBufferPointer) -> Bool {
        guard var place = value.baseAddress else { return false }
        let end = place + value.count
        while end - place >= text.count, let found = memchr(place, Int32(text[0]), end - place - text.count + 1) {
            if memcmp(found, text, text.count) == 0 { return true }
            place = UnsafeRawPointer(found) + 1
        }
        return false
    }

    func passes(_ entry: StoreEntry) -> Bool {
        guard !groups.isEmpty else { return true }
        return entry.value.withUnsafeBytes { value in
            groups.allSatisfy { group in
                group.contains { text in Self.find(text, in: value) }
            }
        }
    }
}

/// What of a task is counted: less than the whole of it, and decoded as much faster.
struct TaskOutline: Decodable {
    struct Status: Decodable {
        var state: TaskState
    }

    var serviceID: String
    var nodeID: String?
    var status: Status
    var desiredState: TaskState
    var jobIteration: UInt64?
}
