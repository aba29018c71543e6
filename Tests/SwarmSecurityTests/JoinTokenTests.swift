import Crypto
import Foundation
import SeededRandom
import Testing

@testable import SwarmSecurity

@Suite struct JoinTokenTests {
    private let pem = Array("-----BEGIN CERTIFICATE-----\nexample\n-----END CERTIFICATE-----\n".utf8)
    // The expected digits were computed with another program (Python's integers).
    private let known = "SWMTKN-1-1c8uj9vd027h53nmn6yw8y5a3ddaymhfg6oi8h4nd4m7t1l33z-000avh9he7dy896m08s18udxr"

    private func token(seed: UInt64 = 1) -> JoinToken {
        var random = SeededRandom(seed: seed)
        return JoinToken(rootDigest: SHA256.hash(data: pem), using: &random)
    }

    @Test func aKnownTokenReadsAndWritesTheSame() throws {
        let token = try JoinToken(parsing: known)
        #expect(token.text == known)
        #expect(token.rootDigest == Array(SHA256.hash(data: pem)))
        try token.verify(rootCertificatePEM: pem)
    }

    @Test func everyTokenMadeIsRead() throws {
        for seed in 0..<200 as Range<UInt64> {
            let token = token(seed: seed)
            #expect(token.text.utf8.count == 85)
            #expect(try JoinToken(parsing: token.text) == token)
        }
    }

    @Test func rotatingChangesTheSecretOnly() {
        let (first, second) = (token(seed: 1), token(seed: 2))
        #expect(!first.hasSameSecret(as: second))
        #expect(first != second)
        #expect(first.rootDigest == second.rootDigest)
        #expect(first.hasSameSecret(as: token(seed: 1)))
    }

    @Test func rotatingTheRootChangesTheDigestOnly() {
        let other = token().with(rootDigest: SHA256.hash(data: Array("other".utf8)))
        #expect(other.hasSameSecret(as: token()))
        #expect(other != token())
    }

    @Test func anotherRootIsRefusedWithDockersText() throws {
        let expected =
            "remote CA does not match fingerprint. Expected: 35c522488ec622d189df4c508507d71d991b462ff468601cbc3503a9264827ff"
        #expect(throws: SecurityError(.fingerprintMismatch, expected)) {
            try JoinToken(parsing: known).verify(rootCertificatePEM: pem + [10])
        }
        #expect(refusal { try JoinToken(parsing: known).verify(rootCertificatePEM: []) } == .fingerprintMismatch)
    }

    @Test func anythingButTheExactFormIsRefused() {
        let parts = known.split(separator: "-").map(String.init)
        let largestDigest = "6dp5qcb22im238nr3wvp0ic7q99w035jmy2iw7i6n43d37jtof"
        let largestSecret = "f5lxx1zz5pnorynqglhzmsp33"
        #expect(throws: Never.self) { try JoinToken(parsing: "SWMTKN-1-\(largestDigest)-\(largestSecret)") }
        let malformed = [
            "", "SWMTKN", "SWMTKN-1--", known + "0", " " + known, known + "\n", String(known.dropLast()), known.uppercased(),
            "SWMTKN-2-1-\(parts[2])-\(parts[3])", "SWMTKN-2-\(parts[2])-\(parts[3])", "swmtkn-1-\(parts[2])-\(parts[3])",
            "SWMTKN-1-\(parts[3])-\(parts[2])", "SWMTKN-1-\(parts[2])-\(parts[3].dropLast())é",
            "SWMTKN-1-\(largestDigest.dropLast())g-\(largestSecret)", "SWMTKN-1-\(largestDigest)-\(largestSecret.dropLast())4",
            "SWMTKN-1-\(String(repeating: "z", count: 50))-\(parts[3])",
        ]
        for text in malformed {
            #expect(throws: SecurityError(.invalidJoinToken, "invalid join token"), "\(text)") { try JoinToken(parsing: text) }
        }
    }

    @Test func aLogLineDoesNotTellTheSecret() {
        #expect(!"\(token())".contains(token().text.suffix(25)))
    }
}
