import DockerAPI

/// Times as fields of HTTP have them: `Sat, 21 Nov 2026 09:15:02 GMT`.
enum HTTPDate {
    static func text(_ time: Timestamp) -> String {
        let day = Int((time.nanoseconds / 86_400_000_000_000 % 7 + 11) % 7)
        let weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][day]
        let text = Array(time.description.utf8)
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = months[((Int(part(5..<7)) ?? 1) - 1) % 12]
        return "\(weekday), \(part(8..<10)) \(month) \(part(0..<4)) \(part(11..<19)) GMT"
    }
}
