import FoundationEssentials
import SeededRandom
import SwarmSecurity
import Testing

@testable import SwarmNode

/// The certificate that a manager's store shows to other managers' stores, and when there is a new one.
@Suite struct PeerCredentialsTests {
    private let now = Date(timeIntervalSince1970: 1_795_252_502)
    private let day: TimeInterval = 86_400

    @Test func aManagerGivesItselfACertificateForItsPresentAddress() throws {
        let authority = try PeerAuthority.create(now: now)
        let first = try PeerCredentials(authority, nodeID: "m1", address: "10.0.0.1", now: now)
        #expect(first.serves("10.0.0.1", at: now))
        #expect(!first.serves("10.0.0.2", at: now))
        #expect(!first.serves("10.0.0.1", at: now + 91 * day))
        // A clock that went back beyond the beginning.
        #expect(!first.serves("10.0.0.1", at: now - 2 * 3600))

        let late = now + 400 * day
        let renewed = try #require(try first.renewed(nodeID: "m1", address: "10.0.0.2", now: late))
        #expect(renewed.serves("10.0.0.2", at: late) && !renewed.serves("10.0.0.1", at: late))
        #expect(renewed.authority == first.authority && renewed.authorityKey == first.authorityKey && renewed.key != first.key)
        #expect(try PeerCertificate(pem: renewed.certificate).nodeID == "m1")
    }

    @Test func withoutTheAuthoritysKeyThereIsNoNewOne() throws {
        let authority = try PeerAuthority.create(now: now)
        let issued = try authority.issue(nodeID: "m1", addresses: ["10.0.0.1"], now: now)
        let text = String(
            decoding: try JSONEncoder().encode([
                "authority": authority.certificatePEM, "certificate": issued.certificatePEM, "key": issued.keyPEM,
            ]), as: UTF8.self)
        // As kept by a manager that has not read the key from its store yet.
        let kept = try JSONDecoder().decode(PeerCredentials.self, from: Data(text.utf8))
        #expect(kept.serves("10.0.0.1", at: now))
        #expect(try kept.renewed(nodeID: "m1", address: "10.0.0.1", now: now) == nil)
    }

    @Test func itIsReplacedBetweenHalfAndFourFifthsOfItsLife() throws {
        let life = CertificateLife(notBefore: now - 3600, notAfter: now + 90 * day)
        var random = SeededRandom(seed: 1)
        var dates: Set<Int> = []
        for _ in 0..<50 {
            let schedule = RenewalSchedule(life, using: &random)
            let due = try #require((0...90).first { schedule.wait(at: now + Double($0) * day) == nil })
            #expect((46...72).contains(due))
            dates.insert(due)
        }
        #expect(dates.count > 10)
    }

    @Test func theClockIsLookedAtInShortSteps() {
        let life = CertificateLife(notBefore: now - 3600, notAfter: now + 90 * day)
        var random = SeededRandom(seed: 1)
        let schedule = RenewalSchedule(life, using: &random)
        #expect(schedule.wait(at: now) == .seconds(60))
        // A day forward, a day back to right after it was issued, or a little before: the same certificate serves.
        #expect(schedule.wait(at: now + day) == .seconds(60))
        #expect(schedule.wait(at: now - 3000) == .seconds(60))
        // Beyond its end, and so far back that it does not hold yet.
        #expect(schedule.wait(at: now + 100 * day) == nil)
        #expect(schedule.wait(at: now - day) == nil)
    }

    @Test func aClockThatIsFarOffIsSaidToBe() throws {
        let life = CertificateLife(notBefore: now - 3600, notAfter: now + 90 * day)
        #expect(CertificateTrouble.text("it", life, at: now) == nil)
        #expect(
            CertificateTrouble.text("the certificate of this node", life, at: now - day)
                == "the certificate of this node holds from 2026-11-21T08:15:02Z on, and the clock of this node says "
                + "2026-11-20T09:15:02Z: set the clock")
        #expect(
            CertificateTrouble.text("the certificate of this node", life, at: now + 91 * day)
                == "the certificate of this node held until 2027-02-19T09:15:02Z, and the clock of this node says "
                + "2027-02-20T09:15:02Z: set the clock, or if it is right, leave the swarm and join it again")
    }
}
