/// What `env` prints: lines for a shell to evaluate.
public struct EnvironmentScript: Sendable {
    /// The shell they are for.
    public let shell: Shell
    /// The command line to repeat in the hint, as it was typed, `argv[0]` first.
    public let arguments: [String]

    public init(shell: Shell, arguments: [String]) {
        self.shell = shell
        self.arguments = arguments
    }

    /// The lines that make `docker` talk to a machine.
    /// - Parameters:
    ///   - name: the machine's name.
    ///   - url: the engine's address, as `tcp://192.168.99.100:2376`.
    ///   - certificatePath: the directory of `ca.pem`, `cert.pem` and `key.pem`.
    ///   - noProxy: the variable to set too, if `--no-proxy` was given.
    public func set(name: String, url: String, certificatePath: String, noProxy: NoProxy? = nil) -> String {
        var variables = [
            ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_HOST", url), ("DOCKER_CERT_PATH", certificatePath),
            ("DOCKER_MACHINE_NAME", name),
        ]
        if let noProxy { variables.append((noProxy.variable, noProxy.value)) }
        return lines(variables.map { shell.setLine($0.0, $0.1) })
    }

    /// The lines that undo it.
    public func unset(noProxy: NoProxy? = nil) -> String {
        var names = ["DOCKER_TLS_VERIFY", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_MACHINE_NAME"]
        if let noProxy { names.append(noProxy.variable) }
        return lines(names.map(shell.unsetLine))
    }

    private func lines(_ lines: [String]) -> String {
        lines.joined(separator: "\n") + "\n" + shell.hint(commandLine: commandLine)
    }

    private var commandLine: String {
        guard let program = arguments.first else { return "" }
        let shown = program.contains(" ") || program.contains("\\") ? "\"\(program)\"" : program
        return ([shown] + arguments.dropFirst()).joined(separator: " ")
    }
}

/// The variable that keeps a proxy out of the way of a machine.
public struct NoProxy: Sendable, Equatable {
    /// `no_proxy` where that is set already, `NO_PROXY` otherwise.
    public let variable: String
    /// Comma-separated hosts.
    public let value: String

    /// What the environment says already.
    public init(environment: [String: String]) {
        if let value = environment["no_proxy"], !value.isEmpty {
            self.init(variable: "no_proxy", value: value)
        } else {
            self.init(variable: "NO_PROXY", value: environment["NO_PROXY"] ?? "")
        }
    }

    private init(variable: String, value: String) {
        self.variable = variable
        self.value = value
    }

    /// The same with an address added, unless it is among the hosts already.
    public func adding(_ address: String) -> NoProxy {
        if value.isEmpty { return NoProxy(variable: variable, value: address) }
        let hosts = value.split(separator: ",").map { $0.filter { $0 != " " } }
        return hosts.contains(address) ? self : NoProxy(variable: variable, value: "\(value),\(address)")
    }
}
