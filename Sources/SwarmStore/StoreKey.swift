/// A key, compared by its bytes as etcd does; String compares by what the characters mean.
struct StoreKey: Hashable, Comparable {
    let text: String

    init(_ text: String) { self.text = text }

    func begins(with prefix: String) -> Bool { text.utf8.starts(with: prefix.utf8) }

    static func == (one: StoreKey, other: StoreKey) -> Bool { one.text.utf8.elementsEqual(other.text.utf8) }
    static func < (one: StoreKey, other: StoreKey) -> Bool { one.text.utf8.lexicographicallyPrecedes(other.text.utf8) }
    func hash(into hasher: inout Hasher) { for byte in text.utf8 { hasher.combine(byte) } }
}
