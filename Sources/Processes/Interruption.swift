import Foundation

/// Where the signal handler writes; a handler can reach nothing but globals.
private nonisolated(unsafe) var wakeUp: Int32 = -1

/// Ctrl-C, `kill` and a terminal that goes away: what is in progress is told and may clean up.
public enum Interruption {
    /// Installs handlers for SIGINT, SIGTERM and SIGHUP; once per process.
    ///
    /// Handlers, not "ignore": handlers do not pass on to programs that are started, `ssh` among them.
    /// - Parameters:
    ///   - first: called at the first signal, on a thread of its own.
    ///   - again: called at the second; the process ends with status 130 after it.
    public static func install(first: @escaping @Sendable () -> Void, again: @escaping @Sendable () -> Void) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wakeUp = ends[1]
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(wakeUp, &byte, 1)
            }
        }
        let reading = ends[0]
        Thread.detachNewThread {
            var byte: UInt8 = 0
            var count = 0
            while read(reading, &byte, 1) >= 0 || errno == EINTR {
                count += 1
                if count == 1 {
                    first()
                } else {
                    again()
                    _exit(130)
                }
            }
        }
    }
}
