import Foundation

/// A run as JUnit XML, the form CI systems read.
public enum JUnit {
    public static func document(_ report: RunReport) -> String {
        let counts =
            #"tests="\#(report.results.count)" failures="\#(report.failed)" errors="\#(report.errors)" skipped="\#(report.skipped)""#
        let time = #"time="\#(seconds(report.duration))""#
        let timestamp = report.started.formatted(.iso8601)
        var xml = #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
        xml += "<testsuites \(counts) \(time)>\n"
        xml += #"  <testsuite name="\#(escaped(report.lab))" \#(counts) \#(time) timestamp="\#(timestamp)">"# + "\n"
        xml += "    <properties>\n"
        xml += #"      <property name="orchestrator" value="\#(report.orchestrator.rawValue)"/>"# + "\n"
        xml += "    </properties>\n"
        for result in report.results { xml += testCase(result, in: report.lab) }
        return xml + "  </testsuite>\n</testsuites>\n"
    }

    private static func testCase(_ result: StepResult, in lab: String) -> String {
        let head =
            #"    <testcase classname="\#(escaped(lab))" name="\#(escaped("\(result.number). \(result.name)"))" time="\#(seconds(result.duration))""#
        var body = ""
        switch result.verdict {
        case .passed: break
        case .failed(let mismatches):
            let text = mismatches.map(\.description).joined(separator: "\n")
            body +=
                #"      <failure message="\#(escaped(mismatches.first?.description ?? ""))">\#(escaped(text))</failure>"# + "\n"
        case .error(let reason):
            body += #"      <error message="\#(escaped(reason))"/>"# + "\n"
        case .skipped(let reason):
            body += #"      <skipped message="\#(escaped(reason))"/>"# + "\n"
        }
        let output = (result.command.isEmpty ? "" : "$ \(result.command)\n") + result.outputExcerpt(lines: 400, characters: 40000)
        if !output.isEmpty, result.tries > 0 { body += "      <system-out>\(escaped(output))</system-out>\n" }
        return body.isEmpty ? head + "/>\n" : head + ">\n" + body + "    </testcase>\n"
    }

    private static func seconds(_ duration: Duration) -> String { String(format: "%.3f", duration.seconds) }

    /// Text for XML 1.0, which has no way to write most control characters: they become the replacement character.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\r": result += "&#13;"
            case "\n": result += "&#10;"
            case "\t": result += "&#9;"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
