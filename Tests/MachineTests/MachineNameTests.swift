import Testing

@testable import Machine

@Suite struct MachineNameTests {
    @Test(arguments: ["a", "node-01", "Node.example", "9lives", "a.b-c"])
    func acceptsHostNames(_ name: String) { #expect(MachineName.isValid(name)) }

    @Test(arguments: [
        "", "-a", ".a", "a_b", "a b", "a/b", "../x", "a;rm -rf", "é", "a..b", "a.", "$(x)", "a\n",
        String(repeating: "x", count: 64),
    ])
    func refusesWhatCannotBeAHostName(_ name: String) { #expect(!MachineName.isValid(name)) }
}
