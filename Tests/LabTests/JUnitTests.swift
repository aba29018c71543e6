import Foundation
import FoundationXML
import Testing

@testable import Lab

@Suite struct JUnitTests {
    @Test func theDocumentIsWellFormedWhateverTheOutputHolds() throws {
        let nasty = "<a href=\"x\">&amp;]]>\u{0}\u{1B}[31mred\u{7}\u{FFFF}é💥\r\n\t'"
        var report = RunReport(lab: "t\"<&>", started: Date(timeIntervalSince1970: 0), duration: .milliseconds(1500))
        report.results = [
            StepResult(number: 1, name: nasty, verdict: .passed, duration: .seconds(1), tries: 1, command: nasty, output: nasty),
            StepResult(number: 2, name: "b", verdict: .failed([.init(expected: nasty, actual: nasty)]), tries: 2, output: nasty),
            StepResult(number: 3, name: "c", verdict: .error(nasty)),
            StepResult(number: 4, name: "d", verdict: .skipped(nasty)),
        ]
        let xml = JUnit.document(report)
        let document = try XMLDocument(data: Data(xml.utf8))
        let cases = try document.nodes(forXPath: "/testsuites/testsuite/testcase")
        #expect(cases.count == 4)
        #expect(try document.nodes(forXPath: "//failure").count == 1)
        #expect(try document.nodes(forXPath: "//error").count == 1)
        #expect(try document.nodes(forXPath: "//skipped").count == 1)
        let suite = try #require(try document.nodes(forXPath: "/testsuites/testsuite").first as? XMLElement)
        #expect(suite.attribute(forName: "name")?.stringValue == "t\"<&>")
        #expect(suite.attribute(forName: "failures")?.stringValue == "1")
        #expect(suite.attribute(forName: "errors")?.stringValue == "1")
        #expect(suite.attribute(forName: "time")?.stringValue == "1.500")
    }

    @Test func longOutputIsCutToItsEnd() {
        let result = StepResult(
            number: 1, name: "a", verdict: .passed, tries: 1, output: (1...1000).map { "line \($0)\n" }.joined())
        let excerpt = result.outputExcerpt()
        #expect(excerpt.hasSuffix("line 1000"))
        #expect(excerpt.hasPrefix("… ("))
        #expect(excerpt.split(separator: "\n").count == 41)
    }
}
