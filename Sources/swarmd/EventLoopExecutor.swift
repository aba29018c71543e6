import NIOCore

/// Runs tasks on an event loop, where what they send and receive is. To cross from one thread to another and back for each step was a
/// third of the processor's time that a request took.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
