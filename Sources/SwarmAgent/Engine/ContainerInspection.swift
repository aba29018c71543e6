/// What is read of `GET /containers/{id}/json`.
struct ContainerInspection: Decodable, Sendable, Equatable {
    var id: String
    var state: State
    var config: Config
    var networkSettings: NetworkSettings?

    struct State: Decodable, Sendable, Equatable {
        /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
        var status: String
        var pid: Int
        var exitCode: Int
        /// Why it could not be started.
        var error: String
        var wasKilledForMemory: Bool?
        /// Nil without a health check.
        var health: Health?

        enum CodingKeys: String, CodingKey {
            case status = "Status"
            case pid = "Pid"
            case exitCode = "ExitCode"
            case error = "Error"
            case wasKilledForMemory = "OOMKilled"
            case health = "Health"
        }
    }

    struct Health: Decodable, Sendable, Equatable {
        /// `none`, `starting`, `healthy` or `unhealthy`.
        var status: String

        enum CodingKeys: String, CodingKey {
            case status = "Status"
        }
    }

    struct Config: Decodable, Sendable, Equatable {
        var labels: [String: String]?

        enum CodingKeys: String, CodingKey {
            case labels = "Labels"
        }
    }

    struct NetworkSettings: Decodable, Sendable, Equatable {
        /// Bindings by `80/tcp`.
        var ports: [String: [Binding]?]?

        enum CodingKeys: String, CodingKey {
            case ports = "Ports"
        }
    }

    struct Binding: Decodable, Sendable, Equatable {
        var hostPort: String

        enum CodingKeys: String, CodingKey {
            case hostPort = "HostPort"
        }
    }

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case state = "State"
        case config = "Config"
        case networkSettings = "NetworkSettings"
    }
}

/// What is read of each line of `GET /containers/json`.
struct ContainerSummary: Decodable, Sendable, Equatable {
    var id: String
    /// As `ContainerInspection.State.status`.
    var state: String
    var labels: [String: String]?

    /// The task that it was made for.
    var taskID: String { labels?[TaskLabels.taskID] ?? "" }

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case state = "State"
        case labels = "Labels"
    }
}
