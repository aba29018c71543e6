internal import CLibvirt

extension Domain {
    /// Sends one command to the QEMU guest agent and returns its answer, both as JSON (`{"execute":"guest-ping"}`, `{"return":{}}`).
    ///
    /// libvirt takes one command at a time per domain; another one waits.
    /// - Parameter timeout: seconds to wait for the answer; -1 is libvirt's default (5 s), -2 is for ever, 0 does not wait.
    /// - Throws: ``LibvirtError/Code/agentUnresponsive`` while no agent is connected and when it does not answer in time,
    ///   ``LibvirtError/Code/operationInvalid`` when the domain does not run, ``LibvirtError/Code/argumentUnsupported`` when it
    ///   has no agent channel, ``LibvirtError/Code/internalError`` with the agent's own words when the agent refuses.
    public func agentCommand(_ json: String, timeout: Int32) throws(LibvirtError) -> String {
        try takeString(virDomainQemuAgentCommand(handle, json, timeout, 0), "ask the guest agent of domain \(name)")
    }

    /// Sets the guest's wall clock, through the guest agent.
    /// - Parameters:
    ///   - seconds: since 1970-01-01 00:00 UTC.
    ///   - nanoseconds: to add to that, below one second.
    public func setTime(seconds: Int64, nanoseconds: UInt32 = 0) throws(LibvirtError) {
        try check(virDomainSetTime(handle, seconds, nanoseconds, 0), "set the clock of domain \(name)")
    }
}
