import Crypto
import FoundationEssentials

/// Seals values before they leave the process and opens them when they come back: AES-256-GCM.
///
/// A sealed value is bound to the store key it was written under, so that whoever can write to the store cannot move
/// one secret's bytes under another's name. Format: one version byte (1), four bytes that name the data key, a random
/// 96-bit nonce, the ciphertext, a 128-bit tag; everything before the nonce is authenticated too.
///
/// The nonce is random, so one key may seal about 2³² values (NIST SP 800-38D, section 8.3); rotate it long before.
public struct Seal: Sendable {
    private static let version: UInt8 = 1
    private static let headerByteCount = 1 + DataKey.idByteCount
    private static let nonceByteCount = 12
    private static let tagByteCount = 16

    /// Bytes by which a sealed value is longer than the plain one.
    public static let overhead = headerByteCount + nonceByteCount + tagByteCount

    private let newest: DataKey
    private let keys: [DataKey]

    /// Seals with `key`; opens with it and with those before it.
    /// - Parameters:
    ///   - key: the newest key.
    ///   - older: keys that values may still be sealed with during a rotation.
    public init(key: DataKey, older: [DataKey] = []) {
        newest = key
        keys = [key] + older
    }

    /// The sealed form of a value that is to stand under `storeKey`.
    public func seal(_ value: some DataProtocol, storeKey: String) throws -> Data {
        let header = [Self.version] + newest.id
        let box = try AES.GCM.seal(
            value, using: newest.key, authenticating: Self.associatedData(header: header, storeKey: storeKey))
        var sealed = Data(header)
        sealed.append(contentsOf: box.nonce)
        sealed.append(box.ciphertext)
        sealed.append(box.tag)
        return sealed
    }

    /// The value in `sealed`, which was read from `storeKey`.
    /// - Throws: `SecurityError` with code `malformedSeal`, `unknownSealKey` or `tamperedSeal`.
    public func open(_ sealed: some DataProtocol, storeKey: String) throws -> Data {
        let bytes = Array(sealed)
        guard bytes.count >= Self.overhead else {
            throw SecurityError(.malformedSeal, "opening \(storeKey): this is no sealed value, it is too short")
        }
        guard bytes[0] == Self.version else {
            throw SecurityError(
                .malformedSeal, "opening \(storeKey): sealed in format \(bytes[0]), which this version does not know")
        }
        let header = Array(bytes[..<Self.headerByteCount])
        let candidates = keys.filter { $0.id == Array(header.dropFirst()) }
        guard !candidates.isEmpty else {
            throw SecurityError(
                .unknownSealKey,
                "opening \(storeKey): sealed with data key \(hexadecimal(header.dropFirst())), which is not at hand")
        }
        let associatedData = Self.associatedData(header: header, storeKey: storeKey)
        for candidate in candidates {
            guard let box = try? AES.GCM.SealedBox(combined: bytes[Self.headerByteCount...]),
                let value = try? AES.GCM.open(box, using: candidate.key, authenticating: associatedData)
            else { continue }
            return value
        }
        throw SecurityError(
            .tamperedSeal, "opening \(storeKey): the sealed value was changed, or belongs to another key of the store")
    }

    /// Whether a value is sealed with an older key and should be written again.
    public func isStale(_ sealed: some DataProtocol) -> Bool {
        Array(sealed.prefix(Self.headerByteCount)) != [Self.version] + newest.id
    }

    private static func associatedData(header: [UInt8], storeKey: String) -> [UInt8] {
        header + Array(storeKey.utf8)
    }
}
