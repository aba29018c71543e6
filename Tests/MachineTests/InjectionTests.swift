import Foundation
import Processes
import Testing

@testable import Machine

/// Which program is put into machines, and the disk on which it gets there.
@Suite struct InjectionTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A program that a machine can run: Debian's own shell needs the C library only.
    private func copyProgram(to name: String) throws -> URL {
        let target = folder.url.appending(path: name)
        try MachineStore.makeFolder(target.deletingLastPathComponent())
        try FileManager.default.copyItem(at: URL(filePath: "/bin/dash"), to: target)
        return target
    }

    private func find(_ path: String) throws -> Injection {
        try Injection.find(environment: ["SWARMLAB_SWARMD": path], started: nil)
    }

    // MARK: - The program

    @Test func theLibrariesOfAProgramAreRead() throws {
        let shell = try #require(ProgramFile(Data(contentsOf: URL(filePath: "/bin/dash"))))
        #expect(shell.libraries == ["libc.so.6"] && shell.missingInGuests.isEmpty)
        let linker = try #require(ProgramFile(Data(contentsOf: URL(filePath: "/lib64/ld-linux-x86-64.so.2"))))
        #expect(linker.libraries.isEmpty)
    }

    @Test func aFileThatIsCutShortOrDamagedIsNoProgramOrOneWithoutSurprises() throws {
        let whole = try Data(contentsOf: URL(filePath: "/bin/dash"))
        for length in 0..<1200 { #expect(ProgramFile(whole.prefix(length)) == nil, "\(length) bytes") }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var damaged = whole
            for _ in 0..<8 { damaged[Int.random(in: 20..<900, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            _ = ProgramFile(damaged)
        }
    }

    @Test func theProgramIsTheOneBesideThisOneUnlessAVariableNamesAnother() throws {
        let beside = try copyProgram(to: "bin/swarmd")
        let started = folder.url.appending(path: "bin/machine").path
        try Data().write(to: URL(filePath: started))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: started)
        #expect(try Injection.find(environment: [:], started: started).binary.path == beside.path)
        let byName = try Injection.find(environment: ["PATH": "/nonexistent:\(folder.url.path)/bin:/bin"], started: "machine")
        #expect(byName.binary.path == beside.path)
        let other = try copyProgram(to: "other")
        let named = try Injection.find(environment: ["SWARMLAB_SWARMD": other.path], started: started)
        #expect(named.binary.path == other.path)
    }

    @Test func whatCannotBePutIntoAMachineIsOneErrorThatSaysWhatToDo() throws {
        let text = folder.url.appending(path: "script")
        try Data("#!/bin/sh\n".utf8).write(to: text)
        // This test's own program has Swift's libraries outside of itself.
        let own = try #require(CommandLine.arguments.first)
        for (path, words) in [
            ("/nonexistent/swarmd", ["SWARMLAB_SWARMD says /nonexistent/swarmd"]), (text.path, [text.path, "is no program"]),
            (own, [own, "which is in no machine", "make swarmd"]),
        ] {
            let error = #expect(throws: MachineError.self) { try find(path) }
            for word in words { #expect("\(try #require(error))".contains(word), "\(path): \(String(describing: error))") }
        }
        let none = #expect(throws: MachineError.self) {
            try Injection.find(environment: ["PATH": "/nonexistent"], started: "/nonexistent/machine")
        }
        // Beside this test's program there may be a swarmd, built for debugging: that is none for machines either.
        #expect("\(try #require(none))".contains("\"make swarmd\" builds"))
    }

    // MARK: - The disk

    @Test func theDigestIsThatOfContentsWhereverTheyAre() throws {
        let one = try copyProgram(to: "a/swarmd")
        let same = try find(copyProgram(to: "b/another").path)
        #expect(try find(one.path).digest == same.digest)
        #expect(same.digest.count == 12)
        // What virtio has room for.
        #expect(Injection.serial(same.digest).utf8.count <= 20)
        let handle = try FileHandle(forWritingTo: one)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data([0]))
        try handle.close()
        #expect(try find(one.path).digest != same.digest)
    }

    @Test func theDiskHoldsTheProgramAndItsUnitsAndIsTheSameEachTime() async throws {
        let program = try copyProgram(to: "swarmd")
        let injection = try find(program.path)
        var disks: [Data] = []
        for name in ["one", "two"] {
            let work = folder.url.appending(path: name)
            try MachineStore.makeFolder(work)
            disks.append(try Data(contentsOf: try await injection.build(in: work)))
            try FileManager.default.setAttributes([.modificationDate: Date.distantPast], ofItemAtPath: program.path)
        }
        #expect(disks[0] == disks[1])
        let size = try Data(contentsOf: program).count
        #expect(disks[0].count < size + 2 << 20, "\(disks[0].count) bytes for \(size)")
        let disk = folder.url.appending(path: "one/disk.img").path
        let whole = try await Command("e2fsck", ["-fn", disk]).run()
        #expect(whole.succeeded, "\(whole.text)\(whole.errorText)")
        let read = { (name: String) in
            try await Command("debugfs", ["-R", "cat \(name)", disk]).run().standardOutput
        }
        #expect(try await read("/swarmd") == Data(contentsOf: program))
        let unit = String(decoding: try await read("/units/swarmd.service"), as: UTF8.self)
        #expect(unit.contains("ExecStart=/usr/lib/swarmd/swarmd "), "\(unit)")
        let socket = String(decoding: try await read("/units/docker.socket.d/swarmd.conf"), as: UTF8.self)
        #expect(socket.contains("ListenStream=/run/swarmd/engine.sock"), "\(socket)")
        let mode = try await Command("debugfs", ["-R", "stat /swarmd", disk]).run().text
        #expect(mode.contains("Mode:  0755"), "\(mode)")
    }
}
