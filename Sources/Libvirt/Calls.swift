internal import CLibvirt
import Glibc

// libvirt's C calls report failure by -1 or NULL and leave the reason in a thread-local variable. These helpers turn
// both into a thrown error on the spot, before another call can overwrite the reason.

/// Throws when `status` is negative, else hands it back.
@discardableResult
func check(_ status: CInt, _ operation: @autoclosure () -> String) throws(LibvirtError) -> CInt {
    guard status >= 0 else { throw LibvirtError.last(operation()) }
    return status
}

/// The answer of a yes-or-no call (1, 0 or -1).
func checkBool(_ status: CInt, _ operation: @autoclosure () -> String) throws(LibvirtError) -> Bool {
    try check(status, operation()) > 0
}

/// Throws when libvirt returned no handle.
func checkHandle(_ handle: OpaquePointer?, _ operation: @autoclosure () -> String) throws(LibvirtError) -> OpaquePointer {
    guard let handle else { throw LibvirtError.last(operation()) }
    return handle
}

/// The handle of a lookup, or nil where libvirt says that there is no such thing (`missing`).
func lookUp(
    _ handle: OpaquePointer?, missing: LibvirtError.Code, _ operation: @autoclosure () -> String
) throws(LibvirtError) -> OpaquePointer? {
    if let handle { return handle }
    let error = LibvirtError.last(operation())
    if error.code == missing { return nil }
    throw error
}

/// Copies a string that libvirt allocated for the caller, and frees it.
func takeString(
    _ text: UnsafeMutablePointer<CChar>?, _ operation: @autoclosure () -> String
) throws(LibvirtError) -> String {
    guard let text else { throw LibvirtError.last(operation()) }
    defer { free(text) }
    return String(cString: text)
}

/// Copies a string that stays libvirt's.
func borrowString(_ text: UnsafePointer<CChar>?, _ operation: @autoclosure () -> String) throws(LibvirtError) -> String {
    guard let text else { throw LibvirtError.last(operation()) }
    return String(cString: text)
}

/// Runs one of the `virConnectListAll…` calls and returns the handles, which become the caller's to free.
func takeList(
    _ operation: @autoclosure () -> String,
    _ list: (UnsafeMutablePointer<UnsafeMutablePointer<OpaquePointer?>?>) -> CInt
) throws(LibvirtError) -> [OpaquePointer] {
    var array: UnsafeMutablePointer<OpaquePointer?>?
    let count = try check(list(&array), operation())
    defer { free(array) }
    return UnsafeBufferPointer(start: array, count: Int(count)).compactMap { $0 }
}

/// The UUID text of a handle, through one of the `vir…GetUUIDString` calls.
func readUUID(
    _ operation: @autoclosure () -> String, _ read: (UnsafeMutablePointer<CChar>) -> CInt
) throws(LibvirtError) -> String {
    var buffer = [CChar](repeating: 0, count: Int(VIR_UUID_STRING_BUFLEN))
    try check(buffer.withUnsafeMutableBufferPointer { $0.baseAddress.map(read) ?? -1 }, operation())
    return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
}

/// The impact flags that most calls share (`VIR_DOMAIN_AFFECT_LIVE` is 1, `…_CONFIG` is 2, for networks too).
func impact(live: Bool, config: Bool) -> UInt32 {
    (live ? VIR_DOMAIN_AFFECT_LIVE.rawValue : 0) | (config ? VIR_DOMAIN_AFFECT_CONFIG.rawValue : 0)
}
