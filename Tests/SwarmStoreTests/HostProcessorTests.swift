import Testing

@testable import SwarmStore

struct HostProcessorTests {
    @Test(arguments: [
        ("processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: QEMU TCG CPU version 2.5+\n", true),
        ("processor\t: 0\nmodel name\t: AMD EPYC 7B13\n", false),
        ("processor\t: 0\nmodel name\t: QEMU Virtual CPU version 2.5+\n", false),
        ("", false),
    ])
    func qemuSaysWhenItPlaysTheProcessor(_ cpuinfo: String, isEmulated: Bool) {
        #expect(HostProcessor.isEmulated(cpuinfo: Array(cpuinfo.utf8)) == isEmulated)
    }
}
