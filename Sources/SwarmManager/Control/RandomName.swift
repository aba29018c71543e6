/// Names for services that are given none: an adjective and somebody who has found something out.
enum RandomName {
    static func make(using generator: inout some RandomNumberGenerator) -> String {
        let (adjective, surname) = (adjectives.randomElement(using: &generator), surnames.randomElement(using: &generator))
        return "\(adjective ?? "quiet")_\(surname ?? "euler")"
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
