import Testing

@testable import NFTables

struct OwnTransactionsTests {
    private let own = OwnTransactions()

    @Test func eachIsTakenOnce() {
        own.begin(7)
        #expect(!own.take(8) && !own.take(nil))
        #expect(own.take(7))
        #expect(!own.take(7))
    }

    @Test func whatIsForgottenIsOthers() {
        own.begin(7)
        own.forget()
        #expect(!own.take(7))
    }

    /// In a PID namespace none is ever taken.
    @Test func thereIsNoEndOfThem() {
        for process in 1...100 { own.begin(UInt32(process)) }
        #expect(!own.take(100 - UInt32(OwnTransactions.room)))
        #expect(own.take(101 - UInt32(OwnTransactions.room)) && own.take(100))
    }
}
