import Foundation

/// The machines a lab stands on: everything `Lab` needs from whatever makes and runs them.
///
/// All operations are safe to call at once for different machines. An error is for a person: its description says what was
/// being done, what happened and what to do next.
public protocol Fleet: Sendable {
    /// Every machine in the store, in name order, whether a lab made it or not.
    func machines() async throws -> [FleetMachine]

    /// Sees that machines with that orchestrator can be made, before the first of many is.
    ///
    /// - Throws: what is missing, and what to do about it.
    func check(_ orchestrator: Orchestrator) throws

    /// Creates and starts a machine, and returns when its engine answers. `log` receives progress, one line at a time.
    /// When it throws, also because its task was cancelled, nothing of the machine is left.
    func create(_ spec: MachineSpec, log: @escaping @Sendable (String) -> Void) async throws

    /// Starts a stopped machine and returns when its engine answers.
    func start(_ name: String) async throws

    /// Shuts a machine down in an orderly way.
    func stop(_ name: String) async throws

    /// Cuts a machine's power.
    func kill(_ name: String) async throws

    /// Removes a machine and everything that belongs to it, its part of all checkpoints too. A machine that is already gone
    /// is not an error.
    func remove(_ name: String) async throws

    /// Writes the memory of running machines to disk, all as it was at one instant, and ends them.
    func suspend(_ names: [String]) async throws

    /// Lets suspended machines go on where they were, all together, and returns when their engines answer.
    func resume(_ names: [String]) async throws

    /// Keeps running machines as they are at one instant (memory, devices, disks); they run on afterwards. When it throws,
    /// also because its task was cancelled, part of the checkpoint may be left.
    func checkpoint(_ checkpoint: String, of machines: [String]) async throws

    /// Puts machines back to what they were at a checkpoint, whatever they are doing, and lets them run on from there.
    /// The checkpoint stays.
    func rewind(to checkpoint: String, of machines: [String]) async throws

    /// Removes a checkpoint, or what there is of it. One that is already gone is not an error.
    func removeCheckpoint(_ checkpoint: String, of machines: [String]) async throws

    /// Runs a command on a machine as the user `docker`, through that user's login shell: what a person would type after
    /// `docker-machine ssh NAME`.
    ///
    /// - Throws: ``CommandTimedOut`` after `timeout`; any other error when the machine cannot be reached.
    ///   A command that fails is not an error: its exit status is in the result.
    func run(
        _ command: String, on name: String, input: Data?, timeout: Duration,
        output: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> CommandResult

    /// Runs a command on the host with `bash -c`. `docker-machine` and `docker` are on its `PATH`; `environment` is added to
    /// the caller's own.
    ///
    /// - Throws: ``CommandTimedOut`` after `timeout`.
    func runOnHost(
        _ command: String, directory: URL, environment: [String: String], input: Data?, timeout: Duration,
        output: @escaping @Sendable (OutputChunk) -> Void
    ) async throws -> CommandResult

    /// What points a Docker client at the machine: `DOCKER_HOST`, `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH`,
    /// `DOCKER_MACHINE_NAME`.
    func environment(of name: String) async throws -> [String: String]

    /// An interactive shell on the machine, joined to this process's terminal, until the person leaves it.
    ///
    /// - Returns: the shell's exit status.
    func shell(on name: String) async throws -> Int32

    /// The swarm side of one machine's engine.
    func swarm(of name: String) async throws -> any SwarmControl
}
