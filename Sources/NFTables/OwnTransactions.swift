import Synchronization

/// Tells the transactions of nftables that this process has had done from those of others.
///
/// The kernel says of each which process did it (`NFTA_GEN_PROC_PID`), as the first PID namespace counts them: in another one all of them
/// pass for others'.
public final class OwnTransactions: Sendable {
    /// More than are ever under way. In another PID namespace none is known again, and they would pile up.
    static let room = 16

    /// The processes whose transactions have not been told of yet, the oldest first.
    private let processes = Mutex<[UInt32]>([])

    public init() {}

    func begin(_ process: UInt32) {
        processes.withLock { own in
            own.append(process)
            if own.count > Self.room { own.removeFirst() }
        }
    }

    /// Whether the transaction that was told of is one of those that were begun and not told of.
    public func take(_ process: UInt32?) -> Bool {
        processes.withLock { own in
            guard let index = own.firstIndex(where: { $0 == process }) else { return false }
            own.remove(at: index)
            return true
        }
    }

    /// Takes those that have not been told of for others', where it is not certain that they will be.
    public func forget() { processes.withLock { $0 = [] } }
}
