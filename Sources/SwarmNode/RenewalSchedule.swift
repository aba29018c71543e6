import FoundationEssentials
import SwarmSecurity

/// When a certificate is to be replaced. The clock is looked at in short steps, because it may be set.
struct RenewalSchedule: Sendable {
    /// How long to wait at most before the clock is looked at again.
    static let step: Duration = .seconds(60)

    private let life: CertificateLife
    private let date: Date

    /// Draws the point of the certificate's life at which it is replaced.
    init(_ life: CertificateLife, using random: inout some RandomNumberGenerator) {
        self.life = life
        date = life.renewalDate(using: &random)
    }

    /// How long to wait before looking again; nil where a new one is wanted now: its time has come, or it does not hold yet, as it
    /// was issued while the clock was wrong.
    func wait(at now: Date) -> Duration? {
        guard now < date, now >= life.notBefore else { return nil }
        return min(.seconds(date.timeIntervalSince(now)), Self.step)
    }
}
