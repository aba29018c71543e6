import FoundationEssentials

/// What is known of the processor that this process runs on.
public enum HostProcessor {
    /// Whether a program plays the processor, as QEMU does where it cannot use the host's own: all takes some twenty times as long
    /// then, and a machine that is busy does not run for seconds.
    public static let isEmulated = isEmulated(information)

    /// What the kernel says of all processors.
    static var information: String {
        String(decoding: FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data(), as: UTF8.self)
    }

    /// - Parameter information: as in `/proc/cpuinfo`. QEMU calls the processor that it plays `QEMU TCG CPU`.
    static func isEmulated(_ information: String) -> Bool {
        information.split(separator: "\n").contains { line in
            line.hasPrefix("model name") && line.contains("QEMU TCG")
        }
    }
}
