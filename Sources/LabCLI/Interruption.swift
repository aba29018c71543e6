import Foundation

/// Where the signal handler writes; a handler can reach nothing but globals.
private nonisolated(unsafe) var wakeUp: Int32 = -1

/// Ctrl-C and `kill`: the verb in progress is cancelled and cleans up; a second time, the process ends at once.
enum Interruption {
    /// A handler, not "ignore": handlers do not pass on to the programs that are started.
    static func install(_ cancel: @escaping @Sendable () -> Void) {
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
                    Terminal.complain("interrupted, cleaning up (once more to stop at once)")
                    cancel()
                } else {
                    Terminal.complain("stopped at once; lab ls and docker-machine ls show what is left")
                    _exit(130)
                }
            }
        }
    }
}
