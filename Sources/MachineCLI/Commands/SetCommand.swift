import Foundation
import Machine

/// `set`: a machine's memory and processors, from its next start on.
enum SetCommand {
    static func run(_ session: Session) async throws -> Int32 {
        let name = try session.oneName()
        let flags = session.invocation.flags
        guard flags.isSet("memory") || flags.isSet("cpus") else {
            throw UsageError(output: session.invocation.help, message: "Error: Nothing to set: give --memory or --cpus")
        }
        if flags.isSet("memory"), let problem = ResourceLimits.memoryProblem(flags.int("memory")) {
            throw UsageError(message: problem)
        }
        if flags.isSet("cpus"), let problem = ResourceLimits.cpuProblem(flags.int("cpus")) {
            throw UsageError(message: problem)
        }
        var machine = try session.machines.machine(name)
        let cpus = ResourceLimits.resolveCPUs(flags.int("cpus"), hostCPUs: ProcessInfo.processInfo.processorCount)
        try await machine.resize(
            memoryMiB: flags.isSet("memory") ? flags.int("memory") : nil, cpus: flags.isSet("cpus") ? cpus : nil)
        if (try? await machine.state()) == .running {
            Terminal.out("\"\(name)\" is running: the change takes effect with \"\(session.program) restart \(name)\".")
        }
        return 0
    }
}
