import Foundation

/// The terminal on the host in which a person works through a tutorial: what one step does to the environment, to shell
/// variables and to the working directory is there for the next. `eval $(docker-machine env node-01)` works as it does by hand.
///
/// Each step is a bash of its own, whatever the person's own shell is (`docker-machine env` asks `SHELL` what to write for), that begins by reading what the last one left and ends by writing it down.
struct HostSession: Sendable {
    let directory: URL
    /// Variables that every step finds, besides those of the process.
    private let environment: [String: String]
    private let state: NamelessFile

    /// The command travels in the environment, so nothing has to be quoted and a syntax error in it is its own.
    static let wrapper = #"""
        __lab_state=$LAB_STATE __lab_command=$LAB_COMMAND; unset LAB_STATE LAB_COMMAND
        if [ -s "$__lab_state" ]; then . "$__lab_state"
        else unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_MACHINE_NAME DOCKER_CONTEXT; export SHELL=$BASH; fi
        __lab_save() {
            local __lab_name __lab_dump
            __lab_dump=$(
                for __lab_name in $(compgen -v); do
                    case $__lab_name in
                    BASH*|__lab_*|EUID|PPID|UID|SHELLOPTS|GROUPS|FUNCNAME|DIRSTACK|PIPESTATUS|LINENO|RANDOM|SRANDOM|SECONDS) ;;
                    EPOCH*|HISTCMD|COMP_*|OPTIND|OPTERR|SHLVL|_) ;;
                    *) declare -p "$__lab_name" ;;
                    esac
                done
                declare -f
                printf 'cd -- %q\n' "$PWD"
            ) 2>/dev/null
            printf '%s\n' "$__lab_dump" >| "$__lab_state"
        }
        trap __lab_save EXIT
        eval "$__lab_command"
        """#

    /// - Parameters:
    ///   - directory: where the first step starts.
    ///   - environment: variables for all steps.
    ///   - content: what an earlier session left, to go on from there.
    init(directory: URL, environment: [String: String] = [:], content: String? = nil) throws {
        self.directory = directory
        self.environment = environment
        state = try NamelessFile(content: content ?? "")
    }

    /// What the steps have left so far; nil before the first.
    var content: String? { state.content.flatMap { $0.isEmpty ? nil : $0 } }

    func run(
        _ command: String, with fleet: any Fleet, input: Data?, timeout: Duration,
        output: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> CommandResult {
        var environment = environment
        environment["LAB_STATE"] = state.path
        environment["LAB_COMMAND"] = command
        return try await fleet.runOnHost(
            Self.wrapper, directory: directory, environment: environment, input: input, timeout: timeout, output: output)
    }
}
