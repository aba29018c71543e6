import Testing

@testable import DockerAPI

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
        (1_795_252_502_250_000_001, "2026-11-21T09:15:02.250000001Z"),
        (4_107_542_399_500_000_000, "2100-02-28T23:59:59.5Z"),
        (4_107_542_400_000_000_000, "2100-03-01T00:00:00Z"),
    ])
    func instantsAreWrittenAndRead(nanoseconds: Int64, text: String) {
        #expect(Timestamp(nanoseconds: nanoseconds).description == text)
        #expect(Timestamp(text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-11-21T09:15:02", "2026-13-21T09:15:02Z", "2026-11-21T24:15:02Z", "2026-11-21T09:15:02.Z",
        "2026-11-21T09:15:02.1234567890Z", "2026-11-21T09:15:02+01:00", "2026-11-21T09:15:02Zz", "9999-11-21T09:15:02Z",
        "２026-11-21T09:15:02Z",
    ])
    func anythingElseIsNoInstant(text: String) { #expect(Timestamp(text) == nil) }
}
