/// Sizes that make sense for a machine. What this host can give is checked later, by whoever makes the machine.
public enum ResourceLimits {
    /// Memory in MiB: a guest with Docker does not come up with less than the lower bound.
    public static let memoryMiB = 256...4_194_304
    /// Number of virtual CPUs.
    public static let cpus = 1...288
    /// Disk size in MB (10^6 bytes).
    public static let diskMB = 1000...16_777_216
    /// docker-machine's bound on "as many as the host has".
    public static let mostHostCPUs = 32

    /// - Returns: what is wrong with an amount of memory, nil if nothing is.
    public static func memoryProblem(_ value: Int) -> String? {
        problem(value, memoryMiB, "memory", unit: " MiB")
    }

    /// - Returns: what is wrong with a disk size, nil if nothing is.
    public static func diskProblem(_ value: Int) -> String? {
        problem(value, diskMB, "disk size", unit: " MB")
    }

    /// - Returns: what is wrong with a number of virtual CPUs, nil if nothing is. -1 stands for as many as the host has.
    public static func cpuProblem(_ value: Int) -> String? {
        value == -1 ? nil : problem(value, cpus, "number of CPUs", unit: "")
    }

    /// The number of virtual CPUs that a valid value stands for.
    public static func resolveCPUs(_ value: Int, hostCPUs: Int) -> Int {
        value == -1 ? min(max(hostCPUs, 1), mostHostCPUs) : value
    }

    private static func problem(_ value: Int, _ range: ClosedRange<Int>, _ what: String, unit: String) -> String? {
        if range.contains(value) { return nil }
        return "\(what) \(value)\(unit) is not between \(range.lowerBound) and \(range.upperBound)\(unit)"
    }
}
