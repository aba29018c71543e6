import DockerAPI

/// A version of the Engine API, such as 1.45.
struct APIVersion: Comparable, CustomStringConvertible {
    var parts: [Int]
    let description: String

    init(_ text: String) {
        description = text
        parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        while parts.last == 0 { parts.removeLast() }
    }

    static func == (left: APIVersion, right: APIVersion) -> Bool { left.parts == right.parts }
    static func < (left: APIVersion, right: APIVersion) -> Bool { left.parts.lexicographicallyPrecedes(right.parts) }

    /// - Throws: status 400 for a version that the engine would not answer either.
    static func check(_ text: String?, minimum: String, maximum: String) throws(APIError) {
        guard let text else { return }
        let advice = "please upgrade your client to a newer version"
        if APIVersion(text) < APIVersion(minimum) {
            throw APIError(400, "client version \(text) is too old. Minimum supported API version is \(minimum), \(advice)")
        }
        if APIVersion(text) > APIVersion(maximum) {
            throw APIError(400, "client version \(text) is too new. Maximum supported API version is \(maximum)")
        }
    }
}
