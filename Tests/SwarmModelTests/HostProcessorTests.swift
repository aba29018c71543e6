import Testing

@testable import SwarmModel

struct HostProcessorTests {
    @Test(arguments: [
        ("processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: QEMU TCG CPU version 2.5+\n", true),
        ("processor\t: 0\nmodel name\t: AMD EPYC 7B13\n", false),
        ("processor\t: 0\nmodel name\t: QEMU Virtual CPU version 2.5+\n", false),
        ("", false),
    ])
    func qemuSaysWhenItPlaysTheProcessor(_ information: String, isEmulated: Bool) {
        #expect(HostProcessor.isEmulated(information) == isEmulated)
    }

    @Test func theKernelIsAsked() {
        #expect(HostProcessor.information.hasPrefix("processor"))
    }
}
