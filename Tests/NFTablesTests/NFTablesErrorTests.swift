import NFTables
import Testing

struct NFTablesErrorTests {
    @Test func itSaysWhatIsWrong() { #expect(NFTablesError(message: "x").message == "x") }
}
