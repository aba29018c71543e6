import FoundationEssentials

/// From when to when a certificate holds.
public struct CertificateLife: Sendable, Hashable {
    /// Begin of validity: an hour before the certificate was issued.
    public var notBefore: Date
    /// End of validity.
    public var notAfter: Date

    /// A life made of its parts.
    public init(notBefore: Date, notAfter: Date) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// Whether it holds at this time.
    public func contains(_ now: Date) -> Bool { notBefore <= now && now <= notAfter }

    /// When to ask for the next certificate: at a random point between 50 and 80 % of this one's life, so that the nodes
    /// of a swarm that was made at once do not all come at once.
    ///
    /// The hour by which certificates are backdated does not count as life.
    public func renewalDate(using random: inout some RandomNumberGenerator) -> Date {
        let issued = min(notBefore.addingTimeInterval(CertificateSigner.backdate), notAfter)
        let life = notAfter.timeIntervalSince(issued)
        return issued.addingTimeInterval(life * Double.random(in: 0.5...0.8, using: &random))
    }
}
