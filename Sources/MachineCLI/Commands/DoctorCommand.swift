import Foundation
import Machine
import Synchronization

/// `doctor`: is this host fit for machines, and if not, which command mends it.
enum DoctorCommand {
    static func run(_ session: Session) async throws -> Int32 {
        let failures = Mutex(0)
        await Doctor(machines: session.machines).examine { finding in
            let verdict = finding.verdict.rawValue.padding(toLength: 5, withPad: " ", startingAt: 0)
            Terminal.out("\(verdict)\(finding.subject): \(finding.text)")
            if let remedy = finding.remedy { Terminal.out("     mend it with: \(remedy)") }
            if finding.verdict == .bad { failures.withLock { $0 += 1 } }
        }
        let count = failures.withLock { $0 }
        Terminal.out(count == 0 ? "This host can run machines." : "\(count) of these must be mended first.")
        return count == 0 ? 0 : 1
    }
}
