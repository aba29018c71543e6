import DockerAPI
import Logging
import SwarmModel
import SwarmTemplates

/// What a task's runner works with.
struct TaskSurroundings: Sendable {
    var engine: EngineClient
    var images: ImagePuller
    var files: TaskFiles
    var node: @Sendable () async -> NodeFacts
    /// The data that a task's secrets and configs refer to. Nil where some of it is not here yet.
    var data: @Sendable (TaskRecord) async throws -> [TaskData]?
    /// Makes the networks that tasks are in.
    var networks: any DataPlane
    /// For how long nothing new is sent to a task before it is stopped: as long as others may take to hear of it.
    var drain: Duration
    /// Takes note of a new status, and keeps what must not be forgotten.
    var tell: @Sendable (_ taskID: String, TaskRecord.Status) async -> Void
    var now: @Sendable () -> Timestamp
    /// After which a step that could not be taken is tried again.
    var pause: Duration
    var logger: Logger
}
