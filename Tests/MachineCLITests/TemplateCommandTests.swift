import Foundation
import GoFlags
import Machine
import Testing

@testable import MachineCLI

/// A run of a command line on a store that is gone when the body ends; nothing is in it but what the body makes.
private func withSession(
    _ line: String, environment: [String: String] = [:], _ body: (Session) async throws -> Void
) async throws {
    let store = FileManager.default.temporaryDirectory.appending(path: "machine-cli-tests-\(UUID())")
    defer { try? FileManager.default.removeItem(at: store) }
    let environment = environment.merging(["HOME": "/nowhere"]) { given, _ in given }
    let invocation = try command("-s \(store.path) \(line)", environment: environment)
    try await body(Session(invocation, environment: environment, words: []))
}

@Suite struct TemplateCommandTests {
    @Test(arguments: [
        ("image template", [:], 1024, 1), ("image template --memory 2048 --cpus 2", [:], 2048, 2),
        ("image template --cpus -1", [:], 1024, 6),
        ("image template", ["LIBVIRT_MEMORY_SIZE": "768", "LIBVIRT_CPU_COUNT": "3"], 768, 3),
        ("image template --memory 512", ["LIBVIRT_MEMORY_SIZE": "768"], 512, 1),
    ])
    func `the template is for the machines that create makes`(
        line: String, environment: [String: String], memory: Int, cpus: Int
    ) async throws {
        try await withSession(line, environment: environment) { session in
            let request = try TemplateCommand.request(session, hostCPUs: 6)
            #expect(request.memoryMiB == memory && request.cpus == cpus && request.image == nil)
        }
    }

    @Test func `the template is for machines with the orchestrator that create would put there`() async throws {
        let variable = ["MACHINE_ORCHESTRATOR": "swarmd"]
        for (line, environment, orchestrator) in [
            ("image template", [:], Orchestrator.engine), ("image template", variable, .swarmd),
            ("image template --orchestrator engine", variable, .engine),
        ] {
            try await withSession(line, environment: environment) { session in
                let request = try TemplateCommand.request(session, hostCPUs: 6)
                #expect(request.orchestrator == orchestrator)
            }
        }
    }

    @Test(arguments: [
        ("image template --memory 1", "memory 1 MiB is not between 256 and 4194304 MiB"),
        ("image template --cpus 0", "number of CPUs 0 is not between 1 and 288"),
        ("image template a b", "Error: Expected at most one image digest as an argument"),
        ("image template feed", #"there is no image "feed": "\#(Program.name) image ls" lists them"#),
    ])
    func `what makes no sense is refused in one line`(line: String, text: String) async throws {
        try await withSession(line) { session in
            #expect {
                try TemplateCommand.request(session, hostCPUs: 6)
            } throws: {
                "\($0)" == text
            }
        }
    }

    @Test func `it says the digest and whether it was there`() {
        var request = CreateRequest(name: "template")
        #expect(
            TemplateCommand.outcome(("dd44", true), of: request, took: .milliseconds(41_900))
                == "Built template dd44 (1024 MiB, 1 CPU) in 41 s.")
        request.cpus = 2
        #expect(
            TemplateCommand.outcome(("dd44", false), of: request, took: .zero)
                == "The template dd44 (1024 MiB, 2 CPUs) is up to date.")
    }
}

@Suite struct SuspendAndResumeTests {
    private func create(_ names: [String], _ session: Session) async throws {
        for name in names {
            var request = CreateRequest(name: name)
            request.driverName = "none"
            request.url = "tcp://127.0.0.1:1"
            try await session.machines.create(request) { _ in }
        }
    }

    @Test(arguments: ["suspend", "resume"])
    func `without a name the machine called default is meant`(verb: String) async throws {
        try await withSession(verb) { session in
            #expect {
                try session.namesOfMachines()
            } throws: {
                "\($0)" == #"Error: No machine name(s) specified and no "default" machine exists"#
            }
            try await create(["default"], session)
            #expect(try session.namesOfMachines() == ["default"])
        }
    }

    @Test func `each machine once, and none if one does not exist`() async throws {
        try await withSession("suspend b a b") { session in
            try await create(["a"], session)
            #expect(throws: MachineError.doesNotExist("b")) { try session.namesOfMachines() }
            try await create(["b"], session)
            #expect(try session.namesOfMachines() == ["b", "a"])
        }
    }
}
