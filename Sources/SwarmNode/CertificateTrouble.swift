import FoundationEssentials
import SwarmSecurity

/// What a person is told where a certificate does not hold by this node's clock. Most often it is the clock that is wrong.
enum CertificateTrouble {
    /// - Parameter what: whose certificate, such as `the certificate of this node`.
    /// - Returns: nil where it holds.
    static func text(_ what: String, _ life: CertificateLife, at now: Date) -> String? {
        if life.contains(now) { return nil }
        let clock = "the clock of this node says \(now.ISO8601Format())"
        return now < life.notBefore
            ? "\(what) holds from \(life.notBefore.ISO8601Format()) on, and \(clock): set the clock"
            : "\(what) held until \(life.notAfter.ISO8601Format()), and \(clock): "
                + "set the clock, or if it is right, leave the swarm and join it again"
    }
}
