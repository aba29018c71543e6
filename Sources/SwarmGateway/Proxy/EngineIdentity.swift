import FoundationEssentials

/// What the engine says of itself, asked once and again when its `Server` field changes.
actor EngineIdentity {
    struct Facts: Sendable {
        /// Where the engine has not been heard: those of Docker 26.1.
        var minimumVersion = "1.24"
        var maximumVersion = "1.45"
        /// Fields that the engine puts into every answer.
        var commonFields: [(String, String)] = []
    }

    private let engine: Engine
    private var known: Facts?
    /// Until then an engine that was silent is not asked again.
    private var silentUntil: ContinuousClock.Instant?

    init(_ engine: Engine) { self.engine = engine }

    func facts() async -> Facts {
        if let known { return known }
        let unknown = Facts(commonFields: [("Api-Version", Facts().maximumVersion), ("Ostype", "linux")])
        if let silentUntil, ContinuousClock.now < silentUntil { return unknown }
        guard let answer = try? await engine.get("/version", within: .seconds(3)), answer.head.status == 200,
            let version = try? JSONDecoder().decode(Version.self, from: Data(answer.body.readableBytesView))
        else {
            silentUntil = .now + .seconds(2)
            return unknown
        }
        let fields = ["Api-Version", "Docker-Experimental", "Ostype", "Server"].compactMap { name in
            answer.head.fields[name].map { (name, $0) }
        }
        let facts = Facts(minimumVersion: version.minimum, maximumVersion: version.maximum, commonFields: fields)
        known = facts
        return facts
    }

    /// Drops what is known if the engine has become another.
    func note(server: String?) {
        guard let known, let server else { return }
        if known.commonFields.first(where: { $0.0 == "Server" })?.1 != server { self.known = nil }
    }

    private struct Version: Decodable {
        var maximum: String
        var minimum: String

        enum CodingKeys: String, CodingKey {
            case maximum = "ApiVersion"
            case minimum = "MinAPIVersion"
        }
    }
}
