import GoFlags
import GoTemplate

/// How `ls` prints machines: a table, a template for each, or JSON.
public struct ListingFormat: Sendable {
    private enum Kind: Sendable {
        case json
        case template(Template)
        case table(Template)
    }

    private let kind: Kind

    /// What `ls` prints without `--format`.
    public static let standard =
        #"table {{.Name}}\t{{.Active}}\t{{.DriverName}}\t{{.State}}\t{{.URL}}\t{{.Swarm}}\t{{.DockerVersion}}\t{{.Error}}"#

    /// - Parameter format: the value of `--format`: empty for the standard table, `json`, or a template in which `\t` and `\n` stand for a tab
    ///   and a newline and before which `table` asks for headers and columns.
    /// - Throws: `UsageError` when it is no template.
    public init(_ format: String) throws(UsageError) {
        if format == "json" {
            kind = .json
            return
        }
        var text = (format.isEmpty ? Self.standard : format)[...]
        let isTable = text.hasPrefix("table")
        if isTable { text = text.dropFirst("table".count) }
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        do {
            let template = try Template(
                text.replacing(#"\t"#, with: "\t").replacing(#"\n"#, with: "\n") + "\n")
            kind = isTable ? .table(template) : .template(template)
        } catch {
            throw UsageError(message: "\(error)")
        }
    }

    /// The text for machines, sorted by name.
    /// - Throws: `UsageError` when the template asks for what a machine does not have.
    public func render(_ machines: [MachineListing]) throws(UsageError) -> String {
        let rows = machines.sorted { NaturalOrder.precedes($0.name, $1.name) }.map(\.value)
        do {
            switch kind {
            case .json: return Value.array(rows).prettyJSON(order: .given) + "\n"
            case .template(let template): return try Self.render(template, rows)
            case .table(let template):
                let text = try template.render(Self.headers) + Self.render(template, rows)
                return TabWriter.listing.format(text)
            }
        } catch {
            throw UsageError(message: "\(error)")
        }
    }

    private static func render(_ template: Template, _ rows: [Value]) throws(TemplateError) -> String {
        var text = ""
        for row in rows { text += try template.render(row, type: "commands.HostListItem") }
        return text
    }

    private static let headers: Value = [
        "Name": "NAME", "Active": "ACTIVE", "ActiveHost": "ACTIVE_HOST", "ActiveSwarm": "ACTIVE_SWARM", "DriverName": "DRIVER",
        "State": "STATE", "URL": "URL", "SwarmOptions": "SWARM_OPTIONS", "Swarm": "SWARM", "EngineOptions": "ENGINE_OPTIONS",
        "Error": "ERRORS", "DockerVersion": "DOCKER", "ResponseTime": "RESPONSE",
    ]
}
