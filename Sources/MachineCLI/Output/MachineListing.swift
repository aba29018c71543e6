import GoTemplate

/// One machine as `ls` shows it.
public struct MachineListing: Sendable, Equatable {
    public var name: String
    /// `*` for the machine that `DOCKER_HOST` points at, `-` for others, empty where that could not be found out.
    public var active: String
    /// Whether `DOCKER_HOST` points at the machine.
    public var activeHost: Bool
    /// Whether `DOCKER_HOST` points at the machine's classic Swarm; never, since that is gone.
    public var activeSwarm: Bool
    /// The driver's name as it was asked for.
    public var driverName: String
    /// `Running`, `Stopped`, `Paused`, `Saved`, `Stopping`, `Starting`, `Error`, `Timeout` or nothing.
    public var state: String
    /// The engine's address; empty unless the machine runs.
    public var url: String
    /// The name of the classic Swarm master; always empty.
    public var swarm: String
    /// `key=value` each.
    public var engineLabels: [String]
    /// `v26.1.5`, `Unknown` when the engine was not asked or did not answer, empty on a timeout.
    public var dockerVersion: String
    /// What went wrong, on one line.
    public var error: String
    /// How long the machine took to answer.
    public var responseTime: Duration

    /// A machine that answered.
    /// - Parameters:
    ///   - dockerVersion: the engine's version without `v`; nil when it was not asked or did not answer.
    ///   - error: what went wrong; that the machine does not run is no error here.
    ///   - dockerHost: the value of `DOCKER_HOST`.
    public init(
        name: String, driverName: String, state: String, url: String, dockerVersion: String?, error: String? = nil,
        engineLabels: [String] = [], dockerHost: String?, responseTime: Duration = .zero
    ) {
        self.name = name
        self.driverName = driverName
        self.state = state
        self.url = url
        activeHost = state == "Running" && !url.isEmpty && url == dockerHost
        active = activeHost ? "*" : "-"
        activeSwarm = false
        swarm = ""
        self.engineLabels = engineLabels
        self.dockerVersion = dockerVersion.map { "v\($0)" } ?? "Unknown"
        let error = error ?? ""
        self.error = error == "Host is not running" ? "" : error
        self.responseTime = responseTime
    }

    private init(name: String, driverName: String, state: String, error: String, responseTime: Duration) {
        self.init(
            name: name, driverName: driverName, state: state, url: "", dockerVersion: nil, error: error, dockerHost: nil,
            responseTime: responseTime)
        active = ""
        dockerVersion = ""
    }

    /// A machine that did not answer in time.
    public static func timedOut(name: String, driverName: String, after time: Duration) -> MachineListing {
        MachineListing(name: name, driverName: driverName, state: "Timeout", error: "", responseTime: time)
    }

    /// A machine whose configuration cannot be read.
    public static func unreadable(name: String, error: String) -> MachineListing {
        MachineListing(
            name: name, driverName: "not found", state: "Error", error: error.replacing("\n", with: ""), responseTime: .zero)
    }

    /// The machine as templates see it.
    public var value: Value {
        [
            "Name": .string(name), "Active": .string(active), "ActiveHost": .bool(activeHost), "ActiveSwarm": .bool(activeSwarm),
            "DriverName": .string(driverName), "State": .string(state), "URL": .string(url), "Swarm": .string(swarm),
            "SwarmOptions": ["IsSwarm": false, "Discovery": "", "Master": false],
            "EngineOptions": ["Labels": .strings(engineLabels)], "Error": .string(error), "DockerVersion": .string(dockerVersion),
            "ResponseTime": .string(GoDuration.text(responseTime)),
        ]
    }
}

/// Durations as Go prints them: `0s`, `12ms`, `1.5s`, `1m40s`. Whole milliseconds, which is what `ls` measures.
enum GoDuration {
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        if milliseconds == 0 { return "0s" }
        if milliseconds < 1000 { return "\(milliseconds)ms" }
        let (minutes, rest) = (milliseconds / 60_000, milliseconds % 60_000)
        var fraction = rest % 1000 == 0 ? "" : ".\(String(1000 + rest % 1000).dropFirst())"
        while fraction.hasSuffix("0") { fraction.removeLast() }
        let tail = "\(rest / 1000)\(fraction)s"
        if minutes == 0 { return tail }
        return minutes < 60 ? "\(minutes)m\(tail)" : "\(minutes / 60)h\(minutes % 60)m\(tail)"
    }
}
