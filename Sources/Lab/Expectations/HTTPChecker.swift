import Foundation

/// Asks a web server from the host, with curl, and compares the answer with what was expected.
struct HTTPChecker {
    let fleet: any Fleet
    let fill: Fill

    /// The address goes through the environment: no shell ever parses it. Proxies are for the outside world, machines are not there.
    static let command = """
        curl --silent --show-error --noproxy '*' --max-time "$LAB_TIMEOUT" --write-out '\\n%{http_code}' --url "$LAB_URL"
        """

    /// - Returns: what does not hold; no answer at all is one such thing.
    func mismatches(_ expectation: HTTPExpectation) async throws -> [Mismatch] {
        let url = try fill(expectation.url)
        let what = "the answer of \(url)"
        let result: CommandResult
        do {
            result = try await fleet.runOnHost(
                Self.command, directory: FileManager.default.temporaryDirectory,
                environment: ["LAB_URL": url, "LAB_TIMEOUT": String(format: "%.3f", expectation.timeout.seconds)], input: nil,
                timeout: expectation.timeout + .seconds(10), output: { _ in })
        } catch let error as CommandTimedOut {
            return [Mismatch(expected: what, actual: "there was none: \(error)")]
        }
        let text = result.text
        let cut = text.lastIndex(of: "\n") ?? text.startIndex
        let status = Int(text[cut...].trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
        let body = String(text[..<cut])
        guard status != 0 else {
            let reason = result.errorText.trimmed
            return [
                Mismatch(
                    expected: what, actual: "there was none: \(reason.isEmpty ? "curl ended with \(result.status)" : reason)")
            ]
        }
        var found: [Mismatch] = []
        if status != expectation.status {
            found.append(Mismatch(expected: "HTTP status \(expectation.status) from \(url)", actual: "it was \(status)"))
        }
        let texts = TextExpectation(.stdout, contains: expectation.contains, patterns: expectation.patterns)
        let inBody = try Checker(fill: fill).mismatches(.init(exit: .any, texts: [texts]), Outcome(stdout: body))
        return found + inBody.map { Mismatch(expected: $0.expected.replacing("stdout", with: what), actual: $0.actual) }
    }
}
