/// Finds what a person probably meant.
enum Spelling {
    /// The candidate closest to `word`, if it is close enough to be a slip of the keyboard.
    static func closest(to word: String, among candidates: [String]) -> String? {
        let lowered = word.lowercased()
        let limit = max(1, min(3, word.count / 3))
        var best: (String, Int)?
        for candidate in candidates.sorted() {
            let distance = editDistance(lowered, candidate.lowercased())
            if distance <= limit, distance < best?.1 ?? .max { best = (candidate, distance) }
        }
        if let best { return best.0 }
        // `label` for `labels`, `memoryMiB` for `memory`: one begins with the other.
        return candidates.sorted().first { candidate in
            let other = candidate.lowercased()
            return min(other.count, lowered.count) >= 3 && (other.hasPrefix(lowered) || lowered.hasPrefix(other))
        }
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other.
    static func editDistance(_ left: String, _ right: String) -> Int {
        // A long text is no slip of a short one; the bound keeps hostile input cheap.
        guard left.count <= 64, right.count <= 64 else { return .max }
        let a = Array(left), b = Array(right)
        var rows = Array(repeating: Array(0...b.count), count: a.count + 1)
        for i in 0...a.count { rows[i][0] = i }
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        for i in 1...a.count {
            for j in 1...b.count {
                let cost = a[i - 1] == b[j - 1] ? 0 : 1
                var value = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    value = min(value, rows[i - 2][j - 2] + 1)
                }
                rows[i][j] = value
            }
        }
        return rows[a.count][b.count]
    }
}
