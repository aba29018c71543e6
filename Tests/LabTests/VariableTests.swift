import Testing

@testable import Lab

@Suite struct VariableTests {
    /// Every reference replaced by its name in angle brackets.
    private func filled(_ text: String) -> String { VariableText(text).filled { "<\($0)>" } }

    @Test(arguments: [
        ("a ${token} b", "a <token> b"),
        ("${a}${b}", "<a><b>"),
        ("${machine.node-01.ip}:2377", "<machine.node-01.ip>:2377"),
        ("${machine.a.b.ip}", "<machine.a.b.ip>"),
    ])
    func references(text: String, expected: String) { #expect(filled(text) == expected) }

    @Test(arguments: [
        "$(docker-machine ip node-01)", "i=$(($i+1))", "$i", "$$", "$1 $? $# $@", "${x:-y}", "${#x}", "${!x}", "${x%.*}",
        "${x-y}", "${1}", "${", "${}", "${ x }",
        "$", "cost: 5$", "${x", "$ {x}", "a\\${", "`id`", "{{.ID}}",
    ])
    func whatBelongsToTheShellStays(text: String) { #expect(filled(text) == text) }

    @Test(arguments: [
        ("$${machine}", "${machine}"), ("x$${y}z ${t}", "x${y}z <t>"), ("$$${t}", "$${t}"), ("$$$${t}", "$$${t}"),
        ("$${x:-y}", "${x:-y}"),
    ])
    func escapes(text: String, expected: String) { #expect(filled(text) == expected) }

    @Test func builtInNames() {
        #expect(BuiltInVariable("machine.node-01.ip") == .machineAddress("node-01"))
        #expect(BuiltInVariable("machine.a.url") == .machineURL("a"))
        #expect(BuiltInVariable("lab.name") == .labName)
        #expect(BuiltInVariable("machine..ip") == nil)
        #expect(BuiltInVariable("machine.a") == nil)
    }

    @Test func aValueInAPatternStandsForItself() throws {
        let checker = Checker { VariableText($0).filled { _ in "192.168.99.1" } }
        func matches(_ text: String) throws -> Bool {
            try checker.mismatches(.init(texts: [.init(.stdout, patterns: ["^${ip}$"])]), Outcome(statuses: [0], stdout: text))
                .isEmpty
        }
        #expect(try matches("192.168.99.1"))
        #expect(try !matches("192x168.99.1"))
    }
}
