import GoFlags
import Machine

/// The flags of `create` that do not depend on the driver.
enum CreateFlags {
    /// Everything but the driver's own flags.
    static let shared: [Flag] = [driver] + engine + swarm + ours

    static let driver = Flag.string(
        "driver, d", default: DriverKind.defaultName, env: "MACHINE_DRIVER", usage: "Driver to create machine with.")

    static let engine: [Flag] = [
        .string(
            "engine-install-url", default: "https://get.docker.com", env: "MACHINE_DOCKER_INSTALL_URL",
            usage: "Where a host without Docker gets it from"),
        .strings("engine-opt", usage: "Option of the engine, as flag=value"),
        .strings("engine-insecure-registry", usage: "Registry that the engine may use without TLS"),
        .strings("engine-registry-mirror", env: "ENGINE_REGISTRY_MIRROR", usage: "Registry mirror that the engine asks first"),
        .strings("engine-label", usage: "Label of the engine, as key=value"),
        .string("engine-storage-driver", usage: "Storage driver of the engine"),
        .strings("engine-env", usage: "Environment variable of the engine, as KEY=value"),
        .strings("tls-san", usage: "One more name or address for the machine's certificate"),
    ]

    /// Classic Swarm: understood only to say what to use instead.
    static let swarm: [Flag] = [
        .bool("swarm", usage: "Classic Swarm (no longer available)"),
        .string("swarm-image", default: "swarm:latest", env: "MACHINE_SWARM_IMAGE", usage: "Classic Swarm (no longer available)"),
        .bool("swarm-master", usage: "Classic Swarm (no longer available)"),
        .string("swarm-discovery", usage: "Classic Swarm (no longer available)"),
        .string("swarm-strategy", default: "spread", usage: "Classic Swarm (no longer available)"),
        .strings("swarm-opt", usage: "Classic Swarm (no longer available)"),
        .strings("swarm-join-opt", usage: "Classic Swarm (no longer available)"),
        .string("swarm-host", default: "tcp://0.0.0.0:3376", usage: "Classic Swarm (no longer available)"),
        .string("swarm-addr", usage: "Classic Swarm (no longer available)"),
        .bool("swarm-experimental", usage: "Classic Swarm (no longer available)"),
    ]

    static let orchestratorUsage = "What runs the swarm in the machines: engine (the Docker Engine itself) or swarmd"

    static let ours: [Flag] = [
        .bool("keep-on-failure", usage: "Leave a machine that could not be created as it is, to look into it"),
        .string(
            "orchestrator", default: Orchestrator.engine.rawValue, env: "MACHINE_ORCHESTRATOR", usage: orchestratorUsage),
        .int("parallel", default: 4, usage: "How many machines are created at the same time"),
        .int("timeout", default: 600, usage: "Seconds to wait for each machine to come up"),
    ]
}
