/// Compares two secrets in a time that depends on their length only.
///
/// An early exit would tell a caller, who measures, how many leading bytes were right.
func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(left, right) { difference |= a ^ b }
    return difference == 0
}
