import FoundationEssentials
import Testing

@testable import SwarmNode

/// What a node makes of it when its host has another address.
@Suite struct MovedMembershipTests {
    private let before = Membership(
        listenAddress: "0.0.0.0:2377", advertiseAddress: "10.0.0.1:2377", dataPathAddress: "10.0.0.1",
        managers: ["own": "10.0.0.1:2377", "other": "10.0.0.2:2377"], hasStore: true, interface: "eth1")

    private func host(_ entries: (String, String)...) -> HostAddresses {
        HostAddresses(entries.map { .init(interface: $0.0, address: $0.1) })
    }

    @Test func theAddressOfTheSameInterfaceTakesThePlaceOfTheOldOne() throws {
        let moved = try #require(before.moved(to: host(("eth0", "192.168.1.1"), ("eth1", "10.0.0.9"))))
        #expect(moved.advertiseAddress == "10.0.0.9:2377" && moved.dataPathAddress == "10.0.0.9")
        #expect(moved.listenAddress == "0.0.0.0:2377" && moved.interface == "eth1" && moved.hasStore)
        #expect(moved.managers == ["own": "10.0.0.9:2377", "other": "10.0.0.2:2377"])
        #expect(moved.moved(to: host(("eth1", "10.0.0.9"))) == nil)
    }

    @Test func aNodeThatListensOnItsAddressListensOnTheNewOne() {
        var bound = before
        (bound.listenAddress, bound.advertiseAddress, bound.dataPathAddress) = ("10.0.0.1:4000", "10.0.0.1:5000", "192.168.1.1")
        let moved = bound.moved(to: host(("eth1", "10.0.0.9")))
        #expect(moved?.listenAddress == "10.0.0.9:4000" && moved?.advertiseAddress == "10.0.0.9:5000")
        #expect(moved?.dataPathAddress == "192.168.1.1")
    }

    @Test func nothingMovesWhereNothingIsKnownToBeBetter() {
        // Still there, if beside another one or on another interface.
        #expect(before.moved(to: host(("eth1", "10.0.0.9"), ("eth1", "10.0.0.1"))) == nil)
        #expect(before.moved(to: host(("bond0", "10.0.0.1"), ("eth1", "10.0.0.9"))) == nil)
        // The network is not up yet, or only another one is.
        #expect(before.moved(to: host()) == nil)
        #expect(before.moved(to: host(("eth0", "192.168.1.1"))) == nil)
        // An address that others translate.
        var translated = before
        translated.interface = nil
        #expect(translated.moved(to: host(("eth1", "10.0.0.9"))) == nil)
    }

    @Test func whatWasWrittenBeforeThereWereInterfacesIsRead() throws {
        let text = """
            {"listenAddress":"0.0.0.0:2377","advertiseAddress":"10.0.0.1:2377","dataPathAddress":"10.0.0.1","managers":{},"hasStore":true}
            """
        let old = try JSONDecoder().decode(Membership.self, from: Data(text.utf8))
        #expect(old.interface == nil && old.advertiseAddress == "10.0.0.1:2377")
    }
}
