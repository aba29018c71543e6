import DockerAPI
import SeededRandom
import SwarmModel
import Testing

@testable import Orchestration

/// Random lives of a swarm. The seed of one that fails is in the failure's text, and is all that
/// it takes to see it again: `make simulate SEED=17`. `make simulate SEEDS=5000` runs many.
@Suite(.serialized) struct SimulationTests {
    @Test func whateverHappensTheSwarmBecomesWhatPeopleWant() {
        Seeds(40, of: "services").run(Self.live)
    }

    private static func live(_ seed: UInt64) {
        let again = Seeds.again(seed)
        var swarm = SimulatedSwarm(seed: seed)
        var random = SeededRandom(seed: seed &* 31)
        for count in 0..<Int.random(in: 2...5, using: &random) {
            swarm.addNode(labels: ["zone": count % 2 == 0 ? "east" : "west"])
        }
        for network in Fixture.networks { swarm.add(network) }
        for number in 1...Int.random(in: 1...3, using: &random) { swarm.add(service(number, &random)) }
        for _ in 0..<120 {
            happen(&swarm, &random)
            swarm.step(.milliseconds(Int64.random(in: 50...3000, using: &random)))
        }
        // From here on nothing goes wrong.
        swarm.isCalm = true
        for (id, node) in swarm.nodes where node.state != .ready { swarm.heal(id) }
        for id in swarm.nodes.keys { swarm.change(id) { $0.spec.availability = "active" } }
        if swarm.nodes.isEmpty { swarm.addNode(labels: ["zone": "east"]) }
        for _ in 0..<400 where !swarm.shortfalls.isEmpty { swarm.step(.seconds(2)) }
        #expect(swarm.complaints == [], "\(again)")
        #expect(swarm.shortfalls == [], "\(again)")
        #expect(swarm.needlessPeers == [], "\(again)")
        // Updates come to their end; what is as it should be then stays so.
        for _ in 0..<200 { swarm.step(.seconds(2)) }
        let tasks = swarm.tasks.values.filter { $0.desiredState <= .complete }.map(\.id).sorted()
        for _ in 0..<100 { swarm.step(.seconds(2)) }
        #expect(swarm.tasks.values.filter { $0.desiredState <= .complete }.map(\.id).sorted() == tasks, "\(again)")
    }

    private static func service(_ number: Int, _ random: inout SeededRandom) -> Service {
        let mode =
            switch Int.random(in: 0..<6, using: &random) {
            case 0: ServiceMode(global: .init())
            case 1:
                ServiceMode(replicatedJob: .init(maxConcurrent: 2, totalCompletions: UInt64.random(in: 1...5, using: &random)))
            default: Fixture.replicated(UInt64.random(in: 0...6, using: &random))
            }
        var service = Fixture.service("s\(number)", mode)
        if mode.replicatedJob != nil { service.jobIteration = 1 }
        if Bool.random(using: &random) { service.spec.taskTemplate.networks = Fixture.attachments("front", "back") }
        if Bool.random(using: &random) { service.spec.endpoint = Fixture.published }
        if Bool.random(using: &random) {
            service.spec.updateConfig = UpdateConfig(
                parallelism: UInt64.random(in: 0...2, using: &random),
                delay: Int64.random(in: 0...3, using: &random) * 1_000_000_000,
                failureAction: ["pause", "continue", "rollback"].randomElement(using: &random), maxFailureRatio: 0.3,
                order: ["stop-first", "start-first"].randomElement(using: &random))
        }
        return service
    }

    private static func happen(_ swarm: inout SimulatedSwarm, _ random: inout SeededRandom) {
        let node = swarm.nodes.keys.sorted().randomElement(using: &random)
        let service = swarm.services.keys.sorted().randomElement(using: &random)
        switch Int.random(in: 0..<40, using: &random) {
        case 0: if swarm.nodes.count < 7 { swarm.addNode(labels: ["zone": "west"]) }
        case 1: if let node, swarm.nodes.count > 2 { swarm.removeNode(node) }
        case 2, 3: if let node { swarm.isolate(node) }
        case 4, 5, 6: if let node { swarm.heal(node) }
        case 7:
            if let node {
                let availability = ["active", "pause", "drain"].randomElement(using: &random) ?? "active"
                swarm.change(node) { $0.spec.availability = availability }
            }
        case 8, 9:
            let number = UInt64.random(in: 1...1000, using: &random)
            if let service { swarm.update(service) { $0.taskTemplate.forceUpdate = number } }
        case 10:
            let count = UInt64.random(in: 0...8, using: &random)
            if let service { swarm.update(service) { if $0.mode?.replicated != nil { $0.mode?.replicated?.replicas = count } } }
        case 11: if let service, swarm.services.count > 1, Bool.random(using: &random) { swarm.remove(service) }
        case 12: swarm.changeLeader()
        case 13:
            let zone = ["east", "west"].randomElement(using: &random) ?? "east"
            if let node { swarm.change(node) { $0.spec.labels = ["zone": zone] } }
        case 14:
            let networks = [[], ["front"], ["back"], ["front", "back"]].randomElement(using: &random) ?? []
            if let service { swarm.update(service) { $0.taskTemplate.networks = networks.map { .init(target: $0) } } }
        case 15:
            let endpoint = [nil, Fixture.published, EndpointSpec(mode: "dnsrr")].randomElement(using: &random) ?? nil
            if let service { swarm.update(service) { $0.endpoint = endpoint } }
        case 16: swarm.setClock(by: .seconds(Int64.random(in: -60...60, using: &random)))
        default: break
        }
    }
}
