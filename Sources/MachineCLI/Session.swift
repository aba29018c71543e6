import Foundation
import Machine

/// One run of the program: what was asked, the machines it is about, where output goes.
struct Session: Sendable {
    let invocation: CommandInvocation
    let machines: Machines
    let environment: [String: String]
    /// argv[0] and the rest, as typed.
    let words: [String]

    init(_ invocation: CommandInvocation, environment: [String: String], words: [String]) {
        self.invocation = invocation
        self.environment = environment
        self.words = words
        let globals = invocation.globals
        let store = MachineStore(root: URL(fileURLWithPath: globals.storagePath))
        var paths = CertificateFiles.Paths(folder: store.certificates)
        if !globals.tlsCACert.isEmpty { paths.authority = URL(fileURLWithPath: globals.tlsCACert) }
        if !globals.tlsCAKey.isEmpty { paths.authorityKey = URL(fileURLWithPath: globals.tlsCAKey) }
        if !globals.tlsClientCert.isEmpty { paths.client = URL(fileURLWithPath: globals.tlsClientCert) }
        if !globals.tlsClientKey.isEmpty { paths.clientKey = URL(fileURLWithPath: globals.tlsClientKey) }
        self.machines = Machines(
            store: store, libvirtURI: globals.libvirtURI.isEmpty ? nil : globals.libvirtURI, certificatePaths: paths)
    }

    var names: [String] { invocation.positionals }
    var program: String { invocation.program }

    /// The machine that is meant where a command takes one: the name given, else the machine called `default`.
    ///
    /// - Throws: `UsageError` for several names, or none and no default.
    func oneName() throws -> String {
        guard names.count <= 1 else {
            throw UsageError(output: invocation.help, message: "Error: Expected one machine name as an argument")
        }
        return try names.first ?? defaultName()
    }

    /// The machines that are meant where a command takes several.
    func severalNames() throws -> [String] { try names.isEmpty ? [defaultName()] : names }

    /// The same, each once, where all of them can be loaded.
    func namesOfMachines() throws -> [String] {
        var seen = Set<String>()
        return try severalNames().filter { seen.insert($0).inserted }.map { try machines.machine($0).name }
    }

    func defaultName() throws -> String {
        guard machines.store.exists("default") else {
            throw UsageError(message: "Error: No machine name(s) specified and no \"default\" machine exists")
        }
        return "default"
    }

    /// Does something with several machines at once, at most eight at a time.
    ///
    /// None is touched if one cannot be loaded. Failures are collected and reported when all have ended.
    func forEach(_ body: @escaping @Sendable (Machine) async throws -> Void) async throws {
        let loaded = try severalNames().map(machines.machine)
        var failures: [any Error] = []
        await withTaskGroup(of: (any Error)?.self) { group in
            var waiting = loaded[...]
            func next() {
                guard let machine = waiting.popFirst() else { return }
                group.addTask {
                    do {
                        try await body(machine)
                        return nil
                    } catch { return error }
                }
            }
            for _ in 0..<8 { next() }
            for await failure in group {
                if let failure { failures.append(failure) }
                next()
            }
        }
        guard failures.isEmpty else {
            throw MachineError.failed(failures.map { "\($0)" }.joined(separator: "\n"))
        }
    }
}

/// The two streams a person, or a script, reads.
enum Terminal {
    /// Results and progress.
    static func out(_ line: String) { write(line + "\n", to: FileHandle.standardOutput) }
    /// Errors, and what must not get into a result.
    static func error(_ line: String) { write(line + "\n", to: FileHandle.standardError) }
    /// Text as it is, without a newline.
    static func raw(_ text: String) { write(text, to: FileHandle.standardOutput) }

    private static func write(_ text: String, to handle: FileHandle) {
        // A reader that has gone away (`| head`) is no failure of ours.
        try? handle.write(contentsOf: Data(text.utf8))
    }

    /// Asks a question and reads a line; nil at the end of input.
    static func ask(_ question: String) -> String? {
        raw(question)
        return readLine()
    }
}
