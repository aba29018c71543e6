/// What `POST /services/{id}/update` asks for.
public struct ServiceUpdate: Sendable, Equatable {
    /// Where the credentials for the image's registry come from where the request brings none.
    public enum RegistryAuthSource: String, Sendable {
        case spec
        case previousSpec = "previous-spec"
    }

    /// Of the service that the update was made from.
    public var version: UInt64
    public var spec: ServiceSpec
    /// The header `X-Registry-Auth`, as it came; empty where there is none.
    public var registryAuth: String
    public var registryAuthFrom: RegistryAuthSource
    /// The previous spec takes the place of the present one, whatever `spec` says.
    public var isRollback: Bool

    public init(
        version: UInt64, spec: ServiceSpec, registryAuth: String = "", registryAuthFrom: RegistryAuthSource = .spec,
        isRollback: Bool = false
    ) {
        self.version = version
        self.spec = spec
        self.registryAuth = registryAuth
        self.registryAuthFrom = registryAuthFrom
        self.isRollback = isRollback
    }
}

/// The answer of `POST /services/create`, and without an ID that of an update.
public struct ServiceResponse: Codable, Sendable, Equatable {
    public var id: String?
    /// Written as null where there is none, as clients know it.
    public var warnings: [String]?

    public init(id: String? = nil, warnings: [String]? = nil) {
        self.id = id
        self.warnings = warnings
    }

    enum CodingKeys: String, CodingKey {
        case id = "ID"
        case warnings = "Warnings"
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(id, forKey: .id)
        try values.encode(warnings, forKey: .warnings)
    }
}
