/// Names for services that are given none: an adjective and somebody who has found something out.
enum RandomName {
    /// - Parameter taken: what it should not be. When it finds nothing else soon, it puts a number behind it.
    static func make(using generator: inout some RandomNumberGenerator, besides taken: Set<String> = []) -> String {
        var name = ""
        for attempt in 0..<100 {
            let (adjective, surname) = (adjectives.randomElement(using: &generator), surnames.randomElement(using: &generator))
            name = "\(adjective ?? "quiet")_\(surname ?? "euler")"
            if attempt >= 10 { name += String(Int.random(in: 0..<1000, using: &generator)) }
            if !taken.contains(name) { break }
        }
        return name
    }

    private static let adjectives = [
        "agile", "amber", "ample", "brisk", "candid", "civil", "cosmic", "crisp", "deft", "early", "even", "fabled", "fair",
        "frugal", "gallant", "glad", "hardy", "humble", "ivory", "keen", "lively", "lucid", "mellow", "merry", "nimble", "noble",
        "patient", "placid", "prompt", "quiet", "rapid", "robust", "rustic", "sage", "serene", "silent", "sober", "stoic",
        "sturdy", "subtle", "sunny", "tidy", "tranquil", "upbeat", "valiant", "vivid", "warm", "witty", "young", "zealous",
    ]
    private static let surnames = [
        "abel", "avogadro", "banach", "bernoulli", "bohr", "boole", "cantor", "cauchy", "cavendish", "coulomb", "curie",
        "dijkstra", "dirac", "erdos", "euclid", "euler", "faraday", "fermat", "fourier", "galois", "gauss", "gibbs", "hamilton",
        "hertz", "hilbert", "hubble", "hypatia", "jacobi", "joule", "kepler", "kirchhoff", "kovalevskaya", "lagrange", "lamport",
        "laplace", "leibniz", "linnaeus", "lovelace", "mendeleev", "mirzakhani", "noether", "ohm", "pauli", "planck", "ramanujan",
        "riemann", "somerville", "turing", "volta", "wiles",
    ]
}
