/// Finds where the head of a message ends, however its bytes are cut into pieces. A bare line feed ends a line too, as Go's server
/// has it.
struct HeadScanner {
    private enum State {
        /// Before the first line: empty lines that some clients send after a body are passed over (RFC 9112, 2.2).
        case before
        case line
        case lineStart
        /// After a carriage return at the start of a line.
        case lastReturn
    }

    private var state = State.before
    /// Bytes that were passed over before the first line.
    private(set) var leading = 0

    /// - Returns: how many of the bytes belong to the head, if it ends among them; nil if all do and more are to come.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Int? {
        for (index, byte) in bytes.enumerated() {
            switch (state, byte) {
            case (.before, UInt8(ascii: "\r")), (.before, UInt8(ascii: "\n")): leading += 1
            case (.lineStart, UInt8(ascii: "\n")), (.lastReturn, UInt8(ascii: "\n")):
                state = .before
                return index + 1
            case (_, UInt8(ascii: "\n")): state = .lineStart
            case (.lineStart, UInt8(ascii: "\r")): state = .lastReturn
            default: state = .line
            }
        }
        return nil
    }
}
