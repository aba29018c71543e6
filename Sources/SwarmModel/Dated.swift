import DockerAPI

/// An object of the store that tells when it was changed last.
public protocol Dated {
    var updatedAt: Timestamp { get set }
}

extension Dated {
    /// Notes a change. Time never goes back in an object: where the clock was set back since the change before, that one's time stays.
    public mutating func touch(_ now: Timestamp) { updatedAt = max(updatedAt, now) }
}

extension Node: Dated {}
extension Cluster: Dated {}
extension Service: Dated {}
extension TaskRecord: Dated {}
extension TaskData: Dated {}
