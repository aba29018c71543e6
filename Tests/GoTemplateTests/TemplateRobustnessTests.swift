import SeededRandom
import Testing

@testable import GoTemplate

@Suite struct TemplateRobustnessTests {
    @Test func `random bytes never crash the parser`() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = try? Template("{{" + String(decoding: bytes, as: UTF8.self)).render(machine)
            _ = try? Value(json: String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func `random words of the language never crash it, and some of them mean something`() {
        let words = [
            "{{", "}}", "{{-", " -}}", ".Name", ".Driver", ".", "$", "$x", ":=", "=", ",", "|", "(", ")", "if ", "else ", "end",
            "range ", "with ",
            "index ", "len ", "eq ", "printf ", "join ", "split ", "json ", "\"%d\"", "`a`", "1", "-1", "'x'", "nil", "true", " ",
            "\n", "/*", "*/", "{{end}}", "{{.}}",
            "{{if .Name}}", "{{range .HostOptions.Ports}}", "0x", "1e9", "%", "and ", "or ", "not ", "print ",
            ".HostOptions.Labels",
        ]
        var random = SeededRandom(seed: 2)
        var understood = 0
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 1..<14, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
                .joined()
            if (try? Template(text).render(machine)) != nil { understood += 1 }
        }
        #expect(understood > 100)
    }

    @Test func `random JSON-like texts never crash the reader`() {
        let words = [
            "{", "}", "[", "]", ":", ",", "\"a\"", "\"\\u12", "\\", "1", "-", "0", ".5", "e9", "true", "nul", " ", "\"",
            "\\ud800\\udc00", "null",
        ]
        var random = SeededRandom(seed: 3)
        for _ in 0..<5000 {
            let text = (0..<Int.random(in: 1..<14, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
                .joined()
            guard let value = try? Value(json: text) else { continue }
            // Not the same value: 1e9 comes back as a whole number.
            #expect((try? Value(json: value.json()))?.json() == value.json())
            #expect((try? Value(json: value.prettyJSON(order: .given)))?.json() == value.json())
        }
    }

    @Test func `deep nesting is refused, not a stack overflow`() {
        let deep = 100_000
        #expect(throws: TemplateError.self) { try Template("{{" + String(repeating: "(", count: deep)) }
        #expect(throws: TemplateError.self) { try Template(String(repeating: "{{if .}}", count: deep)) }
        #expect(throws: TemplateError.self) { try Template("{{if .}}" + String(repeating: "{{else if .}}", count: deep)) }
        #expect(throws: JSONError.self) { try Value(json: String(repeating: "[", count: deep)) }
        #expect(throws: JSONError.self) { try Value(json: String(repeating: "{\"a\":", count: deep)) }
        let fits = String(repeating: "{{if .Name}}", count: 40) + "x" + String(repeating: "{{end}}", count: 40)
        #expect((try? Template(fits).render(machine)) == "x")
    }

    @Test func `a template that multiplies its work is stopped`() {
        let template = String(repeating: "{{range $.L}}", count: 20) + "{{.}}" + String(repeating: "{{end}}", count: 20)
        let list: Value = ["L": .array((0..<10).map { .int($0) })]
        #expect {
            try Template(template).render(list)
        } throws: {
            "\($0)".contains("takes too many steps")
        }
        #expect(GoFormat.printf("%999999999999s", [.string("x")]).count == 1000)
    }
}
