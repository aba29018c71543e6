import GoTemplate
import Machine

/// `inspect`: what is written of a machine.
enum InspectCommand {
    static func run(_ session: Session) async throws -> Int32 {
        let machine = try session.machines.machine(try session.oneName())
        try show(try Value(json: machine.configuration.json()), session)
        return 0
    }

    /// Prints a value whole, or through the template of `--format`.
    static func show(_ value: Value, _ session: Session) throws {
        let template = session.invocation.flags.string("format")
        Terminal.raw(
            template.isEmpty ? InspectOutput.json(value) : try InspectOutput.formatted(value, template: template))
    }
}
