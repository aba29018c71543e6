extension Task where Success == Never, Failure == Never {
    /// Where the present task prefers to run; nil for anywhere. Child tasks take it over by themselves, and so that other tasks that
    /// go on for long do, too, they are made by `Task(executorPreference: Task.executor)`.
    public static var executor: (any TaskExecutor)? { withUnsafeCurrentTask { $0?.unownedTaskExecutor?.asTaskExecutor() } }
}
