import GoFlags

/// The flags of classic Swarm: its image and its discovery service are gone, so a machine made with them could never work.
enum ClassicSwarm {
    /// - Throws: `UsageError` when any of the flags was given.
    static func refuse(_ flags: ParsedFlags, program: String) throws(UsageError) {
        let discovery = flags.string("swarm-discovery")
        guard discovery.isEmpty || isDiscoveryURL(discovery) else {
            throw UsageError(
                message: "Error parsing swarm discovery: Swarm Discovery URL was in the wrong format: \(discovery)")
        }
        guard let given = CreateFlags.swarm.first(where: { isOn($0, flags) }) else { return }
        throw UsageError(message: message(for: given.name, program: program))
    }

    /// The one line that says what to use instead.
    static func message(for flag: String, program: String) -> String {
        "Error creating machine: --\(flag) is of classic Swarm, which no longer exists. Create the machine without it, then run "
            + "`\(program) ssh NAME docker swarm init`, or describe the whole swarm in a lab file and run `lab up FILE`."
    }

    private static func isOn(_ flag: Flag, _ flags: ParsedFlags) -> Bool {
        // An image left in the environment makes nobody a swarm.
        guard flags.source(of: flag.name) == .commandLine else { return false }
        return flag.kind == .bool ? flags.bool(flag.name) : true
    }

    /// docker-machine's pattern `[^:]*://.*`, anchored at nothing.
    private static func isDiscoveryURL(_ text: String) -> Bool {
        text.contains("://")
    }
}
