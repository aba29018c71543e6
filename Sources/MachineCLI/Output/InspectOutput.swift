import GoTemplate

/// What `inspect` prints.
public enum InspectOutput {
    /// A machine's configuration as JSON over several lines, members in the order given, with a final newline.
    public static func json(_ configuration: Value) -> String {
        configuration.prettyJSON(order: .given) + "\n"
    }

    /// A template filled in with a machine's configuration, with a final newline.
    /// - Throws: `UsageError` with docker-machine's text for a template that cannot be read.
    public static func formatted(_ configuration: Value, template text: String) throws(UsageError) -> String {
        let template: Template
        do {
            template = try Template(text)
        } catch {
            throw UsageError(message: "template parsing error: \(error)")
        }
        do {
            return try template.render(configuration) + "\n"
        } catch {
            throw UsageError(message: "\(error)")
        }
    }
}
