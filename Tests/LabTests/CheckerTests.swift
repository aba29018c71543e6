import Testing

@testable import Lab

@Suite struct CheckerTests {
    private func mismatches(_ expectation: Lab.Expectation, _ stdout: String, stderr: String = "", status: Int32 = 0) throws
        -> [String]
    {
        try Checker { $0 }.mismatches(expectation, Outcome(statuses: [status], stdout: stdout, stderr: stderr)).map(\.description)
    }

    @Test func exitStatuses() throws {
        #expect(try mismatches(.init(), "", status: 1) == ["expected exit status 0, but it was 1"])
        #expect(try mismatches(.init(exit: .nonzero), "", status: 0) == ["expected an exit status other than 0, but it was 0"])
        #expect(try mismatches(.init(exit: .nonzero), "", status: 127) == [])
        #expect(try mismatches(.init(exit: .any), "", status: 9) == [])
    }

    @Test func texts() throws {
        #expect(try mismatches(.init(texts: [.init(.stdout, text: "a")]), "a\n") == [])
        #expect(
            try mismatches(.init(texts: [.init(.stdout, text: "")]), "x\n") == ["expected stdout to be empty, but it is \"x\""])
        #expect(
            try mismatches(.init(texts: [.init(.stderr, contains: ["no"])]), "no", stderr: "yes\nsir") == [
                "expected stderr to contain \"no\", but it is \"yes⏎sir\""
            ])
        #expect(
            try mismatches(.init(texts: [.init(.output, lacks: ["b"])]), "a", stderr: "b") == [
                "expected the output not to contain \"b\", but it does"
            ])
        #expect(try mismatches(.init(texts: [.init(.stdout, patterns: ["^b$"])]), "a\nb\nc\n") == [])
        #expect(
            try mismatches(.init(texts: [.init(.stdout, patterns: ["^x$"])]), "") == [
                "expected stdout to match /^x$/, but it is empty"
            ])
    }

    @Test func lines() throws {
        let text = "<h1>a</h1>\n\n<h1>b</h1>\nnoise\n"
        func check(_ lines: LinesExpectation) throws -> [String] {
            try mismatches(.init(texts: [.init(.stdout, lines: lines)]), text)
        }
        #expect(try check(.init(count: .exactly(3))) == [])
        #expect(try check(.init(count: .init(atLeast: 4))) == ["expected at least 4 lines in stdout, but there are 3"])
        #expect(try check(.init(count: .exactly(2), matching: Pattern("h1"))) == [])
        #expect(
            try check(.init(count: .exactly(3), matching: Pattern("h1"))) == [
                "expected 3 lines in stdout that match /h1/, but there are 2, among 3 lines in all"
            ])
        #expect(try check(.init(each: Pattern("h1"))) == ["expected every line in stdout to match /h1/, but one is \"noise\""])
    }

    @Test func rotation() throws {
        func check(_ values: String) throws -> [String] {
            try mismatches(.init(distinct: .init(Pattern("[a-z]"), count: .exactly(3), rotating: true)), values)
        }
        #expect(try check("a\nb\nc\na\nb\nc\na") == [])
        #expect(try check("a\nb\nc\nb") == ["expected the 3 values to come round in turn, but number 4 is b, not a"])
        #expect(try check("a\nb\na") == ["expected 3 different values of /[a-z]/, but there are 2 in 3 matches: a, b"])
    }

    @Test func theTutorialsTenAnswers() throws {
        let answers = ["1e5f3f6f3375", "78792c3765a5", "e35b7b05243d", "49df7c284fb4", "f638593093a3"]
        let text = (answers + answers).map { "    <h1>Nginx 1.11.3 on \($0)</h1>\n" }.joined()
        let expectation = Lab.Expectation(
            texts: [.init(.stdout, lines: .init(count: .exactly(10), each: try Pattern("<h1>Nginx .* on [0-9a-f]{12}</h1>")))],
            distinct: .init(try Pattern("on ([0-9a-f]{12})"), count: .exactly(5), rotating: true))
        #expect(try mismatches(expectation, text) == [])
    }

    @Test(arguments: ["a(b", "[a", "a)", "*a", "a\\", "(?<x", "a{2,1}"])
    func whatIsNoPatternIsRefusedWithAReason(text: String) {
        let error = #expect(throws: PatternError.self) { _ = try Pattern(text) }
        #expect(error?.reason.isEmpty == false)
    }
}
