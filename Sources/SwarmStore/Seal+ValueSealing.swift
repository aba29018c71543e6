import FoundationEssentials
import SwarmSecurity

extension Seal: ValueSealing {
    /// See `ValueSealing`.
    public func seal(_ value: Data, key: String) throws -> Data { try seal(value, storeKey: key) }
    /// See `ValueSealing`.
    public func open(_ sealed: Data, key: String) throws -> Data { try open(sealed, storeKey: key) }
}
