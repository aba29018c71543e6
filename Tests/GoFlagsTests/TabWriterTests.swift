import Testing

@testable import GoFlags

@Suite struct TabWriterTests {
    @Test func `a column is as wide as its widest cell and three blanks, at least five, and the last cell is not padded`() {
        let text = TabWriter.listing.format("NAME\tA\tS\nmanager1\t*\t\nn\t\t\n")
        #expect(text == "NAME       A    S\nmanager1   *    \nn               \n")
    }

    @Test func `a line with fewer cells ends the columns to its right`() {
        let text = TabWriter.listing.format("a\tlonger cell\tx\nplain\nb\tc\tx\n")
        #expect(text == "a    longer cell   x\nplain\nb    c    x\n")
    }

    @Test func `columns on the left go on over shorter lines on the right`() {
        let text = TabWriter.listing.format("aaaaaaaa\tb\tc\nd\te\nf\tggggggg\th\n")
        #expect(text == "aaaaaaaa   b    c\nd          e\nf          ggggggg   h\n")
    }

    @Test func `width counts characters, not bytes`() {
        #expect(TabWriter.listing.format("ééééé\tx\na\ty\n") == "ééééé   x\na       y\n")
    }

    @Test func `help columns are filled with tabs of eight`() {
        #expect(TabWriter.help.format("  active\tA\n  regenerate-certs\tB\n") == "  active\t\tA\n  regenerate-certs\tB\n")
        #expect(TabWriter.help.format("1234567\tA\n") == "1234567\tA\n")
        #expect(TabWriter.help.format("12345678\tA\n1\tB\n") == "12345678\tA\n1\t\tB\n")
    }

    @Test func `text without tabs, and no text, stay as they are`() {
        #expect(TabWriter.listing.format("") == "")
        #expect(TabWriter.listing.format("a b\n\nc") == "a b\n\nc")
    }
}
