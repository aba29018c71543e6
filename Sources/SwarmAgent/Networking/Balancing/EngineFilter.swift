import NFTables
import SwarmModel

/// What the engine's own chains are to let through, which otherwise drop what is forwarded: an `accept` in another table does not reach
/// them. Docker leaves the chain `DOCKER-USER` to others, asks it first, and makes it where it is missing.
enum EngineFilter {
    static let chain = "DOCKER-USER"

    private static let bridges = "\(LinkPlan.bridgePrefix)+"

    /// Whatever goes to our bridges has been judged by our rules. What comes from them and is new goes on to the engine's chains, which
    /// let it out, but not into the engine's other networks.
    static let rules = [
        ["-o", bridges, "-j", "ACCEPT"],
        ["-i", bridges, "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT"],
    ]
}
