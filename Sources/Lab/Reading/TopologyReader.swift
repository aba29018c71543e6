import Foundation
import Yams

/// Reads a lab file.
public enum TopologyReader {
    /// No lab is longer; a bound keeps hostile input cheap.
    static let sizeLimit = 1 << 20

    /// Reads the text of a lab file.
    ///
    /// - Returns: the topology unless there are errors, and all findings in the order of the file.
    public static func read(_ text: String) -> (topology: Topology?, diagnostics: [Diagnostic]) {
        let findings = Findings()
        let topology = compose(text, findings).flatMap { LabFileReader(findings).read($0) }
        return (findings.hasErrors ? nil : topology, findings.diagnostics.sorted())
    }

    /// Reads a lab file.
    ///
    /// - Throws: ``InvalidLabFile`` with everything that is wrong, or the error of reading the file.
    public static func read(file: URL) throws -> (topology: Topology, text: String, warnings: [Diagnostic]) {
        let data = try Data(contentsOf: file)
        guard let text = String(data: data, encoding: .utf8) else {
            throw InvalidLabFile(file: file.relativePath, diagnostics: [.init(line: 1, column: 1, "the file is not UTF-8 text")])
        }
        let (topology, diagnostics) = read(text)
        guard let topology else { throw InvalidLabFile(file: file.relativePath, diagnostics: diagnostics) }
        return (topology, text, diagnostics)
    }

    private static func compose(_ text: String, _ findings: Findings) -> Node? {
        guard text.utf8.count <= sizeLimit else {
            findings.add(.error, nil, "the file is larger than 1 MiB")
            return nil
        }
        do {
            guard let root = try Yams.compose(yaml: text), !root.isNothing else {
                findings.add(.error, nil, "the file is empty; a lab has at least \"name\" and \"machines\"")
                return nil
            }
            return root
        } catch let error as YamlError {
            report(error, in: text, findings)
        } catch {
            findings.add(.error, nil, "the file is not YAML: \(error)")
        }
        return nil
    }

    private static func report(_ error: YamlError, in text: String, _ findings: Findings) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let context = context.map { "\($0.text.trimmingCharacters(in: .whitespaces)): " } ?? ""
            findings.add(.error, mark, "the file is not YAML: \(context)\(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let key = duplicates.first ?? ""
            findings.add(
                .error, line: secondLine(of: key, after: context.mark, in: text) ?? context.mark.line,
                column: context.mark.column,
                "duplicate key \"\(key)\": it is already there on line \(context.mark.line)")
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let line = before.count { $0.isNewline } + 1
            let column =
                before.count
                - (before.lastIndex { $0.isNewline }.map { before.distance(from: before.startIndex, to: $0) + 1 } ?? 0) + 1
            findings.add(.error, line: line, column: column, "the file is not text: \(problem)")
        default:
            findings.add(.error, nil, "the file is not YAML: \(error)")
        }
    }

    /// Where a key stands for the second time; the parser only says where it stood first.
    private static func secondLine(of key: String, after mark: Mark, in text: String) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated().dropFirst(mark.line) {
            let indent = line.prefix { $0 == " " }.count
            let rest = line.dropFirst(indent)
            if indent + 1 == mark.column, rest.hasPrefix(key), rest.dropFirst(key.count).drop(while: { $0 == " " }).first == ":" {
                return index + 1
            }
        }
        return nil
    }
}
