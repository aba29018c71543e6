import Foundation
import Synchronization
import Testing

@testable import Machine

/// `create` with the driver that needs no libvirt: what is left on disk, whatever happens.
@Suite struct CreateTests {
    private func request(_ name: String) -> CreateRequest {
        var request = CreateRequest(name: name)
        request.driverName = "none"
        request.url = "tcp://192.0.2.1:2376"
        return request
    }

    @Test func aMachineIsThereWithItsFilesAndNothingElse() async throws {
        let folder = try TemporaryFolder()
        let machines = Machines(store: MachineStore(root: folder.url))
        try await machines.create(request("n1")) { _ in }
        let machine = try machines.machine("n1")
        #expect(try await machine.url() == "tcp://192.0.2.1:2376")
        #expect(try await machine.state() == .running)
        #expect(try folder.mode("machines/n1/config.json") == 0o600)
        #expect(try folder.mode("machines/n1/key.pem") == 0o600)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "machines/n1").path)
        #expect(Set(files) == ["config.json", "ca.pem", "cert.pem", "key.pem"])
        let all = try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "machines").path)
        #expect(all == ["n1"])
    }

    @Test func aSecondOfTheNameIsRefused() async throws {
        let folder = try TemporaryFolder()
        let machines = Machines(store: MachineStore(root: folder.url))
        try await machines.create(request("n1")) { _ in }
        await #expect(throws: MachineError.alreadyExists("n1")) { try await machines.create(request("n1")) { _ in } }
        #expect(machines.store.names() == ["n1"])
    }

    @Test func ofManyAtOnceOneWins() async throws {
        let folder = try TemporaryFolder()
        let machines = Machines(store: MachineStore(root: folder.url))
        let wins = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask { (try? await machines.create(request("n1")) { _ in }) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(wins == 1)
        #expect(machines.store.names() == ["n1"])
        let all = try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "machines").path)
        #expect(all == ["n1"])
    }

    @Test(arguments: ["", "../x", "a b", "-x"])
    func aBadNameMakesNothing(_ name: String) async throws {
        let folder = try TemporaryFolder()
        let machines = Machines(store: MachineStore(root: folder.url))
        await #expect(throws: MachineError.invalidName(name)) { try await machines.create(request(name)) { _ in } }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }

    @Test func aFailedCheckLeavesNothing() async throws {
        let folder = try TemporaryFolder()
        let machines = Machines(store: MachineStore(root: folder.url, cache: folder.url.appending(path: "none")))
        var wanted = CreateRequest(name: "n1")
        wanted.image = "feedface"
        let request = wanted
        let error = await #expect(throws: MachineError.self) {
            try await machines.create(request) { _ in }
        }
        #expect("\(try #require(error))".hasPrefix("Error with pre-create check: \"there is no image \\\"feedface\\\""))
        #expect(machines.store.names().isEmpty)
        let all = try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "machines").path)
        #expect(all.isEmpty)
    }

    @Test func whatAKilledCreateLeftIsTakenDown() async throws {
        let folder = try TemporaryFolder()
        let machines = Machines(store: MachineStore(root: folder.url))
        try await machines.create(request("n1")) { _ in }
        // As a kill -9 just before the end would leave it: everything made, nobody holding the lock.
        let staging = machines.store.stagingFolder(of: "n2")
        try FileManager.default.moveItem(at: machines.store.folder(of: "n1"), to: staging)
        try Data().write(to: staging.appending(path: "lock"))
        let told = Mutex<[String]>([])
        await machines.recover { line in told.withLock { $0.append(line) } }
        #expect(told.withLock { $0 } == ["Removing what an interrupted create of \"n2\" left..."])
        #expect(!FileManager.default.fileExists(atPath: staging.path))
    }

    @Test func aCreateThatIsUnderWayIsLeftAlone() async throws {
        let folder = try TemporaryFolder()
        let machines = Machines(store: MachineStore(root: folder.url))
        let staging = machines.store.stagingFolder(of: "n1")
        try MachineStore.makeFolder(staging)
        let held = try FileLock.tryTake(staging.appending(path: "lock"))
        await machines.recover { _ in Issue.record("took down a create that is under way") }
        #expect(FileManager.default.fileExists(atPath: staging.path))
        await #expect(throws: MachineError.alreadyExists("n1")) { try await machines.create(request("n1")) { _ in } }
        withExtendedLifetime(held) {}
    }

    @Test func aConfigurationThatIsNoJSONIsAnErrorOfThatMachineOnly() async throws {
        let folder = try TemporaryFolder()
        let machines = Machines(store: MachineStore(root: folder.url))
        try await machines.create(request("good")) { _ in }
        try MachineStore.makeFolder(machines.store.folder(of: "bad"))
        try Data("xyz".utf8).write(to: machines.store.folder(of: "bad").appending(path: "config.json"))
        let all = machines.all()
        #expect(all.count == 2)
        #expect(throws: MachineError.self) { try machines.machine("bad") }
        #expect(try machines.machine("good").name == "good")
    }
}
