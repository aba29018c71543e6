import DockerAPI
import FoundationEssentials
import NIOCore

extension EngineClient {
    /// Pulls an image, which may take long.
    ///
    /// - Parameter auth: what the registry is shown, as `X-Registry-Auth`.
    func pull(_ image: ImageReference, auth: String?) async throws {
        var call = Call(.POST, "/images/create")
        call.query = [("fromImage", image.name), ("tag", image.version)]
        if let auth { call.headers = [("X-Registry-Auth", auth)] }
        call.limit = nil
        try await exchange(call) { _, answer in
            var lines = LineSplitter()
            while let bytes = try await answer.next() {
                lines.append(bytes)
                while let line = lines.next() { try Self.check(line) }
            }
            if let line = lines.remainder() { try Self.check(line) }
        }
    }

    func hasImage(_ name: String) async throws -> Bool {
        do {
            try await ask(Call(.GET, "/images/\(name)/json"))
            return true
        } catch let error as APIError where error.status == 404 {
            return false
        }
    }

    /// What goes wrong once the answer has begun is said in a line of it.
    private static func check(_ line: ByteBuffer) throws {
        struct Progress: Decodable { var error: String? }
        // Most lines tell of progress only, and there are many.
        guard line.readableBytesView.firstRange(of: "\"error\"".utf8) != nil else { return }
        let progress = try? JSONDecoder().decode(Progress.self, from: Data(line.readableBytesView))
        if let error = progress?.error { throw APIError(500, error) }
    }
}
