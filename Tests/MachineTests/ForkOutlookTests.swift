import Testing

@testable import Machine

/// What `doctor` says of forks.
@Suite struct ForkOutlookTests {
    private func finding(
        uri: String = "qemu:///system", newest: ForkOutlook.Made? = nil, mayShareMemory: Bool = true,
        confinement: [ForkOutlook.Confinement] = []
    ) -> Finding {
        ForkOutlook(uri: uri, newest: newest, mayShareMemory: mayShareMemory, confinement: confinement, pool: "/pool").finding
    }

    @Test func saysThatAnotherHostsMachinesAreBooted() {
        let finding = finding(uri: "qemu+ssh://there/system", confinement: [.appArmor])
        #expect(finding.verdict == .warning)
        #expect(finding.text.contains("booted") && finding.text.contains("qemu+ssh://there/system"))
        #expect(finding.remedy == nil)
    }

    @Test func isContentWhereMemoryIsShared() {
        // What has worked counts, whatever the policy is called.
        let finding = finding(newest: .init(digest: "0123456789ab", sharesMemory: true), confinement: [.appArmor])
        #expect(finding.verdict == .good)
        #expect(finding.text == "share the memory of template 0123456789ab")
    }

    @Test func isContentBeforeTheFirstTemplateWhereNothingConfinesQEMU() {
        #expect(finding().verdict == .good)
        #expect(finding().remedy == nil)
    }

    @Test(arguments: ForkOutlook.Confinement.allCases)
    func warnsBeforeTheFirstTemplateOfWhatMayBeRefused(_ driver: ForkOutlook.Confinement) {
        let finding = finding(confinement: [driver])
        #expect(finding.verdict == .warning)
        #expect(finding.text.contains(driver.name))
        #expect(finding.remedy?.contains("/pool") == true)
    }

    @Test func namesTheCulpritAndTheTemplateToBuildAnewWhereForksGetCopies() {
        let finding = finding(newest: .init(digest: "0123456789ab", sharesMemory: false), confinement: [.appArmor])
        #expect(finding.verdict == .warning)
        #expect(finding.text.contains("AppArmor"))
        #expect(finding.remedy?.contains("/etc/apparmor.d/local/abstractions/libvirt-qemu") == true)
        #expect(finding.remedy?.hasSuffix("image rm 0123456789ab") == true)
    }

    @Test func doesNotMendWhatSomebodyAskedFor() {
        let finding = finding(newest: .init(digest: "0123456789ab", sharesMemory: false), mayShareMemory: false)
        #expect(finding.verdict == .good)
        #expect(finding.remedy == nil)
    }

    @Test(arguments: [
        ("<secmodel><model>none</model></secmodel>", []),
        ("<secmodel>\n<model>dac</model>\n<baselabel type='kvm'>+64055:+64055</baselabel></secmodel>", []),
        (
            "<secmodel>\n  <model>apparmor</model>\n  <doi>0</doi>\n</secmodel>\n<secmodel>\n<model>dac</model></secmodel>",
            [ForkOutlook.Confinement.appArmor]
        ),
        ("<cpu><model>selinux</model></cpu><secmodel><model>selinux</model><doi>0</doi></secmodel>", [.seLinux]),
        ("<cpu><model>apparmor</model></cpu>", []),
    ])
    func readsSecurityDriversFromCapabilities(_ xml: String, _ expected: [ForkOutlook.Confinement]) {
        #expect(ForkOutlook.confinement(inCapabilities: xml) == expected)
    }
}
