import NIOCore

/// Runs tasks on an event loop, where what they send and receive is: a request that crosses from one thread to another and back for
/// each of its steps costs a third more of the processor's time, and the more the slower the processor is.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
