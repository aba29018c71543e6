import Foundation
import NIOCore
import NIOHTTP1

/// What the fake engine is asked.
struct FakeRequest: Sendable {
    /// `create`, `start`, `pull` and so on.
    var name: String
    /// The container's or the image's name.
    var object: String
    var query: [String: String] = [:]
    var auth: String?
    var body: ByteBuffer

    init(_ head: HTTPRequestHead, _ body: ByteBuffer) {
        self.body = body
        auth = head.headers.first(name: "X-Registry-Auth")
        let parts = head.uri.split(separator: "?", maxSplits: 1)
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let sides = pair.split(separator: "=", maxSplits: 1).map { String($0).removingPercentEncoding ?? "" }
            query[sides[0]] = sides.count > 1 ? sides[1] : ""
        }
        let path = parts[0].split(separator: "/").map(String.init)
        object = path.count > 2 ? path[1..<(path.count - 1)].joined(separator: "/") : path.last ?? ""
        switch (head.method, path.first, path.last) {
        case (_, "events", _): name = "events"
        case (_, "images", "create"): name = "pull"
        case (_, "images", _): name = "image"
        case (_, "networks", "create"): name = "create network"
        case (.GET, "networks", _): name = "networks"
        case (.DELETE, "networks", _): name = "remove network"
        case (.POST, "networks", "disconnect"): name = "disconnect"
        case (_, "containers", "create"): name = "create"
        case (.GET, "containers", "json") where path.count == 2: name = "list"
        case (.GET, "containers", "json"): name = "inspect"
        case (.DELETE, "containers", _): name = "remove"
        case (_, "containers", let last?): name = last
        default: name = "unknown"
        }
    }
}

/// Any JSON.
enum JSON: Sendable, Equatable, Codable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    var object: [String: JSON]? { if case .object(let members) = self { members } else { nil } }
    var string: String? { if case .string(let text) = self { text } else { nil } }
    var array: [JSON]? { if case .array(let items) = self { items } else { nil } }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value):
            if let whole = Int(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension FakeEngine.Container {
    var summary: JSON {
        .object([
            "Id": .string(id), "State": .string(state), "Labels": .object(labels.mapValues(JSON.string)),
            "NetworkSettings": .object(["Networks": configuration["NetworkingConfig"]?.object?["EndpointsConfig"] ?? .object([:])]
            ),
        ])
    }

    var inspection: JSON {
        var told: [String: JSON] = [
            "Status": .string(state), "Pid": .number(Double(pid)), "ExitCode": .number(Double(exitCode)), "Error": .string(error),
            "OOMKilled": .bool(false),
        ]
        if let health { told["Health"] = .object(["Status": .string(health)]) }
        return .object([
            "Id": .string(id), "State": .object(told),
            "Config": .object(["Labels": .object(labels.mapValues(JSON.string))]),
            "NetworkSettings": .object(["Ports": .object([:])]),
        ])
    }
}
