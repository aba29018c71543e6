import DockerAPI
import SwarmModel
import Testing

@testable import SwarmManager

/// What is told of what has happened.
@Suite struct SwarmChangeTests {
    private func state(_ service: Service?, version: UInt64, secret: TaskData? = nil) -> ClusterState {
        var state = ClusterState()
        if let service { state.services[service.id] = Versioned(service, version: version) }
        if let secret { state.secrets[secret.id] = Versioned(secret, version: version) }
        return state
    }

    private func told(_ old: ClusterState, _ new: ClusterState) -> [String] {
        SwarmChange.between(old, new).map { change in
            let pairs = change.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return "\(change.kind) \(change.action) \(change.id) " + pairs.joined(separator: ",")
        }
    }

    @Test func aServicesLifeIsTold() {
        let first = Service(
            id: "s1", now: ControlBed.time,
            spec: ControlBed.spec("web") {
                $0.mode = ServiceMode(replicated: .init(replicas: 1))
            })
        #expect(told(state(nil, version: 0), state(first, version: 1)) == ["service create s1 name=web"])
        var second = first
        second.spec.mode?.replicated?.replicas = 3
        second.spec.taskTemplate.container?.image = "other"
        #expect(
            told(state(first, version: 1), state(second, version: 2)) == [
                "service update s1 image.new=other,image.old=nginx,name=web,replicas.new=3,replicas.old=1"
            ])
        var third = second
        third.updateStatus = SwarmService.UpdateStatus(state: "updating")
        #expect(
            told(state(second, version: 2), state(third, version: 3)) == ["service update s1 name=web,updatestate.new=updating"])
        var fourth = third
        fourth.updateStatus?.state = "completed"
        #expect(
            told(state(third, version: 3), state(fourth, version: 4)) == [
                "service update s1 name=web,updatestate.new=completed,updatestate.old=updating"
            ])
        // A person has removed it; that the leader lets it go later is nobody's concern.
        var fifth = fourth
        fifth.isRemoved = true
        #expect(told(state(fourth, version: 4), state(fifth, version: 5)) == ["service remove s1 name=web"])
        #expect(told(state(fifth, version: 5), state(nil, version: 6)) == [])
    }

    @Test func secretsAreToldByTheirNames() {
        let secret = TaskData(.secret, id: "d1", now: ControlBed.time, name: "s", labels: [:], data: "eA==")
        var labelled = secret
        labelled.labels = ["a": "b"]
        #expect(
            told(state(nil, version: 0), state(nil, version: 1, secret: secret)) == ["secret create d1 name=s"])
        #expect(
            told(state(nil, version: 1, secret: secret), state(nil, version: 2, secret: labelled)) == ["secret update d1 name=s"])
        #expect(told(state(nil, version: 2, secret: labelled), state(nil, version: 3)) == ["secret remove d1 name=s"])
    }
}
