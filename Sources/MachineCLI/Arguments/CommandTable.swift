import GoFlags
import Machine

/// Every command with its flags: one place for parsing, help and completion.
public enum CommandTable {
    /// All commands in the order of the help text.
    /// - Parameter program: the name the program was run under; some descriptions show it.
    public static func all(program: String) -> [Command] {
        let one = "Argument is a machine name."
        let several = "Argument(s) are one or more machine names."
        return [
            Command(
                "active", usage: "Print which machine is active",
                flags: [.int("timeout, t", default: 10, usage: "Timeout in seconds, default to 10s")]),
            Command("completion", usage: "Print a shell completion script", argumentsUsage: "bash|zsh|fish"),
            Command(
                "config", usage: "Print the connection config for machine", description: one,
                flags: [.bool("swarm", usage: "Config of a classic Swarm master (no longer available)")]),
            Command("console", usage: "Attach to the serial console of a machine", description: one),
            Command(
                "create", usage: "Create one or more machines",
                description:
                    "Run '\(program) create --driver name --help' to include the create flags for that driver in the help text.",
                argumentsUsage: "name...", flags: CreateFlags.shared),
            Command("doctor", usage: "Check that this host can run machines, and say how to mend what is wrong"),
            env(one),
            Command("image", usage: "Build and manage the guest images", subcommands: imageCommands),
            Command(
                "inspect", usage: "Inspect information about a machine", description: one,
                flags: [.string("format, f", usage: "Format the output using the given go template.")]),
            Command("ip", usage: "Get the IP address of a machine", description: several),
            Command("kill", usage: "Kill a machine", description: several),
            ls,
            Command(
                "mount", usage: "Mount or unmount a directory from a machine with SSHFS.",
                description: "Arguments are [machine:][path] [mountpoint]",
                flags: [.bool("unmount, u", usage: "Unmount instead of mount")]),
            Command("provision", usage: "Re-provision existing machines", description: several),
            regenerateCerts(several),
            Command("registry", usage: "Serve container images to the machines", subcommands: registryCommands),
            Command("restart", usage: "Restart a machine", description: several),
            Command("resume", usage: "Resume a suspended machine where it was", description: several),
            rm(several),
            scp,
            set,
            Command(
                "ssh", usage: "Log into or run a command on a machine with SSH.",
                description: "Arguments are [machine-name] [command]", passesThrough: true),
            Command("start", usage: "Start a machine", description: several),
            Command("status", usage: "Get the status of a machine", description: one),
            Command("stop", usage: "Stop a machine", description: several),
            Command("suspend", usage: "Suspend a machine: its memory goes to disk", description: several),
            Command("upgrade", usage: "Upgrade a machine to the latest version of Docker", description: several),
            Command("url", usage: "Get the URL of a machine", description: one),
            Command("version", usage: "Show the version of this program, or of a machine's Docker"),
            Command(
                "help", aliases: ["h"], usage: "Shows a list of commands or help for one command", argumentsUsage: "[command]"),
        ]
    }

    private static func env(_ description: String) -> Command {
        Command(
            "env", usage: "Display the commands to set up the environment for the Docker client", description: description,
            flags: [
                .bool("swarm", usage: "Environment of a classic Swarm master (no longer available)"),
                .string(
                    "shell", usage: "Write for this shell: \(Shell.namesForHelp); default is to ask $SHELL"),
                .bool("unset, u", usage: "Unset variables instead of setting them"),
                .bool("no-proxy", usage: "Add the machine's address to the NO_PROXY variable"),
            ])
    }

    private static let ls = Command(
        "ls", usage: "List machines",
        flags: [
            .bool("quiet, q", usage: "Print names only"),
            .strings("filter", usage: "Only machines for which KEY=VALUE holds: driver, label, name, state, swarm"),
            .int("timeout, t", default: 10, usage: "Timeout in seconds, default to 10s"),
            .string("format, f", usage: "Go template for each machine, or `json`"),
        ])

    private static func regenerateCerts(_ description: String) -> Command {
        Command(
            "regenerate-certs", usage: "Regenerate TLS Certificates for a machine", description: description,
            flags: [
                .bool("force, f", usage: "Do not ask"),
                .bool("client-certs", usage: "Also renew the CA and the client certificate where they have expired"),
            ])
    }

    private static func rm(_ description: String) -> Command {
        Command(
            "rm", usage: "Remove a machine", description: description,
            flags: [
                .bool(
                    "force, f", usage: "Forget the machine even if it cannot be removed, also implies an automatic yes (`-y`)"),
                .bool("y", usage: "Do not ask"),
            ])
    }

    private static let scp = Command(
        "scp", usage: "Copy files between machines",
        description: "Arguments are [[user@]machine:][path] [[user@]machine:][path].",
        flags: [
            .bool("recursive, r", usage: "Copy directories with all that is in them"),
            .bool("delta, d", usage: "Send only what differs (uses rsync)"),
            .bool("quiet, q", usage: "No progress meter, no warnings"),
        ])

    private static let set = Command(
        "set", usage: "Change the memory or the CPUs of a machine", description: "Argument is a machine name.",
        flags: [
            .int("memory", default: 0, usage: "Memory in MiB"),
            .int("cpus", default: 0, usage: "Number of virtual CPUs; -1 for as many as the host has"),
        ])

    private static let imageCommands = [
        Command(
            "build", usage: "Build the images whose recipes have changed",
            description: "Arguments are node, containers; default is both.",
            argumentsUsage: "[node|containers]"),
        Command(
            "template", usage: "Build the template that machines are forked from",
            description: "Argument is the digest of a guest image; default is the current one.", argumentsUsage: "[digest]",
            flags: [
                .int("memory", default: 1024, env: "LIBVIRT_MEMORY_SIZE", usage: "Memory in MiB of the machines"),
                .int(
                    "cpus", default: 1, env: "LIBVIRT_CPU_COUNT",
                    usage: "Number of virtual CPUs of the machines; -1 for as many as the host has"),
                .string(
                    "orchestrator", default: Orchestrator.engine.rawValue, env: "MACHINE_ORCHESTRATOR",
                    usage: CreateFlags.orchestratorUsage),
            ]),
        Command(
            "ls", usage: "List built images and templates", argumentsUsage: "",
            flags: [.bool("quiet, q", usage: "Print digests only")]),
        Command("rm", usage: "Remove built images and templates that no machine is made from", argumentsUsage: "digest..."),
        Command(
            "inspect", usage: "Print what is known about a built image or template", argumentsUsage: "[digest]",
            flags: [.string("format, f", usage: "Format the output using the given go template.")]),
    ]

    private static let registryCommands = [
        Command("start", usage: "Start the registry that the machines pull from", argumentsUsage: ""),
        Command("stop", usage: "Stop the registry", argumentsUsage: ""),
        Command("status", usage: "Say whether the registry runs, where, and what it holds", argumentsUsage: ""),
    ]
}
