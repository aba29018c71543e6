import NameService
import Testing

struct ResponseCodeTests {
    @Test func namesThatAreNotThereAreCode3() { #expect(ResponseCode.nameError.rawValue == 3) }
}
