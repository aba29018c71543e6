import Foundation
import Testing

/// Services in bad times: what crashes, and who is lost.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesServiceFaultTests {
    private static let sleeper = NodesServicesTests.sleeper

    @Test(arguments: Orchestrator.underTest)
    func whatEndsOrIsKilledIsReplaced(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1)
        let manager = cluster[1]
        try await manager.sh("docker service create -q --name web --restart-delay 1s \(Self.sleeper)")
        let first = try await cluster.containers(of: "web")
        try await manager.sh("docker kill \(first[0])")
        try await eventually("another runs") {
            let now = try await cluster.containers(of: "web")
            return now.count == 1 && now != first
        }
        let history = try await manager.sh("docker service ps --no-trunc --format '{{.CurrentState}}|{{.Error}}' web | tail -n 1")
        expect(history, matches: #"Failed .*\|"task: non-zero exit \(137\)""#)
    }

    @Test(arguments: Orchestrator.underTest)
    func whatCannotRunSaysWhyAndLeavesNoContainersBehind(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1)
        let manager = cluster[1]
        try await manager.sh("docker service create -d --name crash --restart-delay 200ms busybox false")
        try await manager.sh("docker service create -d --name missing --restart-delay 1s nobody/nothing:1")
        try await manager.sh("docker service create -d --name picky --constraint node.labels.x==y busybox")
        try await manager.sh("docker service create -d --name huge --reserve-memory 100TB busybox")
        func errors(_ service: String) async throws -> [String] {
            try await manager.sh("docker service ps --no-trunc --format '{{.Error}}' \(service)").split(separator: "\n")
                .map(String.init)
        }
        try await eventually("it crashes again and again", within: .seconds(60)) {
            try await errors("crash").filter { $0.contains("task: non-zero exit (1)") }.count >= 4
        }
        try await eventually("the image is missed", within: .seconds(60)) {
            try await errors("missing").contains { $0.contains("No such image: nobody/nothing:1") }
        }
        try await eventually("the constraint is not met") {
            try await errors("picky") == [#""no suitable node (scheduling constraints not satisfied on 1 node)""#]
        }
        try await eventually("there is too little memory") {
            try await errors("huge") == [#""no suitable node (insufficient resources on 1 node)""#]
        }
        // Five ended tasks are kept of a slot, and one that is to run.
        try await Task.sleep(for: .seconds(5))
        #expect(try await manager.sh("docker service ps -q crash | wc -l").trimmingCharacters(in: .whitespaces) <= "6")
        let containers = try await manager.sh("docker ps -aq --filter label=com.docker.swarm.service.name=crash | wc -l")
        #expect((Int(containers.trimmingCharacters(in: .whitespaces)) ?? .max) <= 7)
        try await manager.sh("docker node update --label-add x=y node-1")
        try await eventually("now it has a place") {
            try await manager.sh("docker service ps --format '{{.Node}}' picky | head -n 1") == "node-1"
        }
    }

    @Test(arguments: Orchestrator.underTest)
    func aContainerCountsWhenItIsHealthy(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1)
        let manager = cluster[1]
        try await manager.sh(
            """
            docker service create -d --name web --restart-delay 1s --health-cmd 'test -e /ready' --health-interval 1s \
            --health-retries 2 --health-start-period 60s \(Self.sleeper)
            """)
        try await eventually("its container runs") { try await cluster.containers(of: "web").count == 1 }
        try await Task.sleep(for: .seconds(3))
        #expect(try await cluster.tasks("web") == ["web.1 node-1 Starting"])
        try await manager.sh("docker exec $(docker ps -q) touch /ready")
        try await cluster.running(1, of: "web")
        try await manager.sh("docker exec $(docker ps -q) rm /ready")
        try await eventually("it is replaced") {
            try await manager.sh("docker service ps --no-trunc --format '{{.Error}}' web").contains("unhealthy container")
        }
    }

    @Test(arguments: Orchestrator.underTest)
    func tasksOfANodeThatDiesRunElsewhereAndNothingRunsTwiceWhenItIsBack(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 2)
        try await cluster[1].sh("docker service create -q --name web --replicas 6 \(Self.sleeper)")
        try await cluster.powerOff([cluster[3]])
        try await eventually("all six run on the others", within: .seconds(90)) {
            let tasks = try await cluster.tasks("web")
            return tasks.count == 6 && tasks.allSatisfy { $0.hasSuffix(" Running") && !$0.contains("node-3") }
        }
        try await cluster.powerOn([cluster[3]])
        try await eventually("it is back") { try await cluster.nodes().contains("node-3 Ready Active") }
        try await eventually("and has nothing to do") { try await cluster.containers(of: "web").count == 6 }
        #expect(try await cluster[3].sh("docker ps -q") == "")
    }

    /// With the original the containers end with the engine.
    @Test(arguments: Orchestrator.swarmdOnly)
    func containersOutliveSwarmdAndTheirManagers(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 1)
        try await cluster[1].sh("docker service create -q --name web --replicas 4 \(Self.sleeper)")
        let before = try await cluster.containers(of: "web")
        try await cluster[2].sh("pkill -KILL -x swarmd")
        try await cluster[1].sh("pkill -KILL -x swarmd; pkill -KILL -x etcd; true")
        try await cluster.startSwarmd([cluster[2]])
        try await Task.sleep(for: .seconds(3))
        #expect(try await cluster[2].sh("docker ps -q | wc -l").trimmingCharacters(in: .whitespaces) == "2")
        try await cluster.startSwarmd([cluster[1]])
        try await eventually("the swarm is back") { try await cluster.nodes().filter { $0.contains(" Ready ") }.count == 2 }
        try await cluster.running(4, of: "web")
        #expect(try await cluster.containers(of: "web") == before)
        // What ended meanwhile is noticed.
        try await cluster[2].sh("pkill -KILL -x swarmd")
        try await cluster[2].sh(
            "docker -H unix:///run/swarmd/engine.sock kill $(docker -H unix:///run/swarmd/engine.sock ps -q | head -n 1)")
        try await cluster.startSwarmd([cluster[2]])
        try await eventually("its successor runs", within: .seconds(60)) {
            let now = try await cluster.containers(of: "web")
            return now.count == 4 && now != before
        }
    }

    @Test(arguments: Orchestrator.swarmdOnly)
    func aNewLeaderGoesOnWhereTheOldOneStopped(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 3)
        try await cluster[1].sh("docker service create -q --name web --replicas 3 \(Self.sleeper)")
        try await cluster[1].sh("docker service update -d --update-delay 2s --env-add V=2 web")
        try await cluster.powerOff([cluster[1]])
        try await eventually("the update is completed by another", within: .seconds(90)) {
            try await cluster[2].sh("docker service inspect -f '{{.UpdateStatus.State}}' web") == "completed"
        }
        let tasks = try await cluster.tasks("web", at: cluster[2])
        #expect(tasks.count == 3 && tasks.allSatisfy { $0.hasSuffix(" Running") && !$0.contains("node-1") })
    }
}
