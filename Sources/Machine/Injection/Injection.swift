import Crypto
import Foundation
import Processes

/// What puts `swarmd` into machines without a change of their image: the program on this host, and the recipe of the disk on
/// which it gets there (images/swarmd).
struct Injection: Sendable, Equatable {
    let binary: URL
    let recipe: URL
    /// The first 12 hexadecimal digits of the SHA-256 of the recipe and the program: what the disk is known by.
    let digest: String

    /// The disk's serial number, by which the guest finds it; virtio has 20 bytes for that.
    static func serial(_ digest: String) -> String { "swarmd-\(digest)" }

    /// Finds program and recipe, and sees that a machine can run the program.
    ///
    /// The program is what `SWARMLAB_SWARMD` says, else `swarmd` beside this program.
    /// - Parameter started: this program as it was called.
    /// - Throws: `MachineError.failed` that says what to do.
    static func find(
        environment: [String: String] = ProcessInfo.processInfo.environment, started: String? = CommandLine.arguments.first
    ) throws -> Injection {
        guard let binary = try findBinary(environment: environment, started: started) else {
            throw MachineError.failed(
                "there is no swarmd to put into machines: \"make swarmd\" builds it, or SWARMLAB_SWARMD says where it is")
        }
        let program: Data
        do { program = try Data(contentsOf: binary, options: .mappedIfSafe) } catch {
            throw MachineError.failed("cannot read \(binary.path): \(error.localizedDescription)")
        }
        guard let file = ProgramFile(program) else {
            throw MachineError.failed("\(binary.path) is no program that a machine can run (x86-64, Linux)")
        }
        if let library = file.missingInGuests.first {
            throw MachineError.failed(
                "\(binary.path) needs \(library), which is in no machine: \"make swarmd\" builds one that has all in itself")
        }
        guard let recipe = ImageRecipe.findFolder("swarmd") else {
            throw MachineError.failed("cannot find images/swarmd: set SWARMLAB_IMAGES to the folder with the recipes")
        }
        var hash = SHA256()
        hash.update(data: Data(try ImageRecipe.digest(of: recipe).utf8))
        hash.update(data: program)
        return Injection(binary: binary, recipe: recipe, digest: hash.finalize().prefix(6).hexadecimal)
    }

    private static func findBinary(environment: [String: String], started: String?) throws -> URL? {
        if let path = environment["SWARMLAB_SWARMD"], !path.isEmpty {
            guard FileManager.default.fileExists(atPath: path) else {
                throw MachineError.failed("SWARMLAB_SWARMD says \(path), and there is nothing")
            }
            return URL(fileURLWithPath: path)
        }
        var folders: [URL] = []
        if let started, started.contains("/") {
            folders.append(URL(fileURLWithPath: started).deletingLastPathComponent())
        } else if let started {
            // Found by its name alone, as the shell does it.
            let path = (environment["PATH"] ?? "").split(separator: ":").map { URL(fileURLWithPath: String($0)) }
            folders += path.filter { FileManager.default.isExecutableFile(atPath: $0.appending(path: started).path) }.prefix(1)
        }
        folders.append(URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent())
        return folders.map { $0.appending(path: "swarmd") }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    /// Makes the disk.
    ///
    /// - Parameter folder: where; must be there.
    /// - Returns: the disk's file.
    func build(in folder: URL) async throws -> URL {
        let made = try await Command(recipe.appending(path: "build").path, [binary.path, folder.path]).run()
        let disk = folder.appending(path: "disk.img")
        guard made.succeeded, FileManager.default.fileExists(atPath: disk.path) else {
            throw MachineError.failed(
                "making the disk with swarmd failed with exit status \(made.status): \(made.errorText.suffix(2000))")
        }
        return disk
    }
}
