import Foundation
import GoFlags
import Machine

/// `image template`: the frozen machine that `create` forks, made ahead so that the first `create` is as quick as the others.
enum TemplateCommand {
    static func run(_ session: Session) async throws -> Int32 {
        let request = try request(session, hostCPUs: ProcessInfo.processInfo.processorCount)
        let clock = ContinuousClock()
        let start = clock.now
        let template = try await Progress.show { log in
            try await session.machines.buildTemplate(request) { log("(template) \($0)") }
        }
        Terminal.out(outcome(template, of: request, took: clock.now - start))
        return 0
    }

    /// What the words ask for, by the same variables as `create`.
    static func request(_ session: Session, hostCPUs: Int) throws -> CreateRequest {
        guard session.names.count <= 1 else {
            throw UsageError(
                output: session.invocation.help, message: "Error: Expected at most one image digest as an argument")
        }
        let (memory, cpus) = (session.invocation.flags.int("memory"), session.invocation.flags.int("cpus"))
        if let problem = ResourceLimits.memoryProblem(memory) ?? ResourceLimits.cpuProblem(cpus) {
            throw UsageError(message: problem)
        }
        var request = CreateRequest(name: "template")
        request.memoryMiB = memory
        request.cpus = ResourceLimits.resolveCPUs(cpus, hostCPUs: hostCPUs)
        request.orchestrator = try Orchestrator(session.invocation.flags)
        if let word = session.names.first ?? session.environment["LIBVIRT_IMAGE"], !word.isEmpty {
            let image = try ImageCache(store: session.machines.store).find(word)
            guard image.kind == .node else { throw MachineError.failed("\(image.digest) is no guest image") }
            request.image = image.digest
        }
        return request
    }

    static func outcome(_ template: (digest: String, built: Bool), of request: CreateRequest, took: Duration) -> String {
        let size = "\(request.memoryMiB) MiB, \(request.cpus) \(request.cpus == 1 ? "CPU" : "CPUs")"
        return template.built
            ? "Built template \(template.digest) (\(size)) in \(took.components.seconds) s."
            : "The template \(template.digest) (\(size)) is up to date."
    }
}
