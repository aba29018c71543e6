import Foundation
import Libvirt

/// Whether KVM really runs a kernel here.
///
/// `/dev/kvm` that opens is no proof: some hosts accept `KVM_CREATE_VM` and then hang a stock kernel. So a
/// domain is started whose kernel powers it off at once; if it has not within the deadline, machines are
/// emulated. The verdict is kept with what it depends on and asked for again when that changes.
struct AccelerationCheck: Sendable {
    let host: LibvirtHost
    let cache: URL

    init(host: LibvirtHost, store: MachineStore) {
        self.host = host
        self.cache = store.cache.appending(path: "acceleration.json")
    }

    /// How long a kernel that does run may take to start and power off.
    static let deadline = Duration.seconds(10)
    private static let domainName = "swarmlab-acceleration-check"

    struct Verdict: Codable, Equatable {
        /// Everything the verdict depends on.
        var circumstances: String
        var works: Bool
        /// Why not, for people.
        var reason: String
    }

    /// The verdict of the last check, whatever has changed since; nil before the first.
    var lastVerdict: Verdict? {
        (try? Data(contentsOf: cache)).flatMap { try? JSONDecoder().decode(Verdict.self, from: $0) }
    }

    /// - Parameter log: told when a check is made, and its outcome where machines will be emulated.
    func verdict(base: DiskPool.BaseImage, log: Log) async throws -> Verdict {
        let circumstances = try await host.perform { connection in
            let kernel = try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
            return try
                "\(connection.uri) \(connection.hostname) kernel \(kernel?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "-") "
                + "cpu \(connection.nodeInfo.model) \(Self.cpuModel) qemu \(connection.hypervisorVersion)"
        }
        if let known = lastVerdict, known.circumstances == circumstances { return known }
        let lock = try await FileLock.take(cache.appendingPathExtension("lock"))
        defer { withExtendedLifetime(lock) {} }
        if let known = lastVerdict, known.circumstances == circumstances { return known }
        let (works, reason) = try await check(base: base, log: log)
        let verdict = Verdict(circumstances: circumstances, works: works, reason: reason)
        try JSONEncoder().encode(verdict).writePrivately(to: cache)
        return verdict
    }

    private func check(base: DiskPool.BaseImage, log: Log) async throws -> (works: Bool, reason: String) {
        let offered = try await host.perform { connection in
            (try? connection.domainCapabilities(virtualizationType: "kvm")) != nil
        }
        guard offered else { return (false, "libvirt does not offer KVM on this host") }
        log("Checking that KVM runs a kernel...")
        let uuid = UUID().uuidString.lowercased()
        let domain: Domain
        do {
            domain = try await host.perform { connection in
                // One that a check which was killed left behind.
                if let stale = try connection.domain(named: Self.domainName) { try Self.discard(stale) }
                let domain = try connection.defineDomain(
                    xml: DomainXML.accelerationCheck(name: Self.domainName, uuid: uuid, base: base))
                do { try domain.start() } catch {
                    try? domain.undefine()
                    throw error
                }
                return domain
            }
        } catch let error as LibvirtError {
            // QEMU's own words stand behind libvirt's, time stamps and stack traces after them.
            let words = error.message.split(separator: "\n").first.map(String.init) ?? ""
            let reason = words.components(separatedBy: "error: ").last ?? words
            return (false, "QEMU does not start with KVM here (\(reason))")
        }
        let outcome: (result: DomainStatus?, lastError: (any Error)?)
        do {
            outcome = try await poll(timeout: Self.deadline, every: .milliseconds(50)) {
                let status = try await blocking { try domain.state() }
                return status.state == .shutOff || status.state == .crashed ? status : nil
            }
        } catch {
            try? await blocking { try Self.discard(domain) }
            throw error
        }
        try await blocking { try Self.discard(domain) }
        guard let status = outcome.result else {
            return (false, "a kernel hangs under KVM on this host")
        }
        return status.wasShutDownByGuest ? (true, "") : (false, "a kernel crashes under KVM on this host")
    }

    private static func discard(_ domain: Domain) throws {
        if try domain.isActive { try? domain.destroy() }
        try domain.undefine()
    }

    private static var cpuModel: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "-"
    }
}
