/// Why a message cannot be read: the status and the text for its sender.
///
/// Answered as Go's HTTP server does it, with plain text and the end of the connection: where one message ends badly, nobody knows
/// where the next begins.
struct HTTPError: Error, Equatable {
    var status: Int
    var reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    static func malformed(_ reason: String) -> HTTPError { HTTPError(400, reason) }
}
