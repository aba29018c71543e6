import Netlink
import Testing

struct NetlinkErrorTests {
    @Test func itSaysWhatWasAskedFor() { #expect(NetlinkError(code: 1, doing: "x").doing == "x") }
}
