import AsyncHTTPClient
import DockerAPI
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOSSL

/// A client of one engine's Docker Engine API over TLS (`tcp://ADDRESS:2376`).
///
/// Requests carry no API version, so the engine answers in its newest one. Close it with `shutdown()`.
public final class DockerClient: Sendable {
    /// Where an engine listens and what proves who we are.
    public struct Endpoint: Sendable {
        /// Address or name of the host.
        public var host: String
        public var port: Int
        /// PEM files: the authority that signed the engine's certificate, our certificate, our key.
        public var authority: String
        public var certificate: String
        public var key: String

        public init(host: String, port: Int = 2376, authority: String, certificate: String, key: String) {
            self.host = host
            self.port = port
            self.authority = authority
            self.certificate = certificate
            self.key = key
        }
    }

    private let http: HTTPClient
    private let base: String
    private let timeout: Duration

    /// - Parameters:
    ///   - timeout: how long one request may take, connecting included.
    /// - Throws: when a PEM file cannot be read.
    public init(_ endpoint: Endpoint, timeout: Duration = .seconds(20)) throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(endpoint.authority)
        tls.certificateChain = try NIOSSLCertificate.fromPEMFile(endpoint.certificate).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: endpoint.key, format: .pem))
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.timeout.connect = .nanoseconds(Self.nanoseconds(timeout))
        // A lab's machines are reached directly, whatever proxy the person has set.
        configuration.proxy = nil
        configuration.httpVersion = .http1Only
        // One failed attempt is one answer: callers that wait for an engine ask again themselves.
        configuration.connectionPool.retryConnectionEstablishment = false
        self.http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        self.base = "https://\(endpoint.host):\(endpoint.port)"
        self.timeout = timeout
    }

    /// Opens a client, hands it to `body`, and closes it whatever happens.
    public static func with<Result: Sendable>(
        _ endpoint: Endpoint, timeout: Duration = .seconds(20),
        _ body: @Sendable (DockerClient) async throws -> Result
    ) async throws -> Result {
        let client = try DockerClient(endpoint, timeout: timeout)
        do {
            let result = try await body(client)
            try await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    public func shutdown() async throws { try await http.shutdown() }

    /// Sends one request and returns the body of a 2xx answer.
    ///
    /// - Parameters:
    ///   - path: begins with a slash; `query` is percent-encoded here.
    /// - Throws: `DockerError` for any other status, or what the connection failed with.
    @discardableResult
    public func send(
        _ method: HTTPMethod, _ path: String, query: [(String, String)] = [], body: (any Encodable)? = nil,
        timeout: Duration? = nil
    ) async throws -> Data {
        var request = HTTPClientRequest(url: base + path + Self.queryString(query))
        request.method = method
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: try JSONEncoder().encode(body)))
        }
        let response: HTTPClientResponse
        do {
            response = try await http.execute(
                request, timeout: .nanoseconds(Self.nanoseconds(timeout ?? self.timeout)))
        } catch let error as IOError {
            throw DockerConnectionError(host: base, reason: String(cString: strerror(error.errnoCode)))
        } catch let error as HTTPClientError where error == .connectTimeout || error == .deadlineExceeded {
            throw DockerConnectionError(host: base, reason: "no answer in time")
        }
        let data = Data(buffer: try await response.body.collect(upTo: 64 << 20))
        guard (200..<300).contains(response.status.code) else {
            throw DockerError(status: Int(response.status.code), body: data)
        }
        return data
    }

    /// `GET`s a path and decodes the answer.
    public func get<Answer: Decodable>(
        _ path: String, query: [(String, String)] = [], as: Answer.Type = Answer.self, timeout: Duration? = nil
    ) async throws -> Answer {
        try JSONDecoder().decode(Answer.self, from: await send(.GET, path, query: query, timeout: timeout))
    }

    private static func queryString(_ query: [(String, String)]) -> String {
        guard !query.isEmpty else { return "" }
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        let pairs = query.map { name, value in
            name + "=" + (value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")
        }
        return "?" + pairs.joined(separator: "&")
    }

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000
    }
}

/// An engine that cannot be reached.
public struct DockerConnectionError: Error, CustomStringConvertible, Sendable, Equatable {
    /// As `https://192.168.99.100:2376`.
    public var host: String
    public var reason: String

    public init(host: String, reason: String) {
        self.host = host
        self.reason = reason
    }

    public var description: String { "cannot reach the engine at \(host): \(reason)" }
}

/// An answer of the engine that is not a success.
public struct DockerError: Error, CustomStringConvertible, Sendable, Equatable {
    /// HTTP status, 400 to 599.
    public var status: Int
    /// The `message` of the engine's error body, or the body itself where it has none.
    public var message: String

    public init(status: Int, message: String) {
        self.status = status
        self.message = message
    }

    init(status: Int, body: Data) {
        struct Body: Decodable { var message: String }
        self.status = status
        self.message =
            (try? JSONDecoder().decode(Body.self, from: body))?.message
            ?? String(decoding: body.prefix(1000), as: UTF8.self)
    }

    /// As the `docker` CLI words it.
    public var description: String { "Error response from daemon: \(message)" }
}
