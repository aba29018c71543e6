import Foundation
import Testing

/// Services with real containers: what people see of them in good times.
@Suite(.enabled(if: Orchestrator.hasHosts), .serialized)
struct NodesServicesTests {
    /// A container that ends at once when it is told to.
    static let sleeper = "busybox sh -c 'trap exit TERM; sleep 100000 & wait'"

    @Test(arguments: Orchestrator.underTest)
    func aServiceIsMadeScaledAndRemoved(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 2)
        let manager = cluster[1]
        let said = try await manager.sh("docker service create --name web --replicas 3 \(Self.sleeper)")
        #expect(said.contains("overall progress: 3 out of 3 tasks") && said.contains("converged"), "\(said)")
        #expect(
            Set(try await cluster.tasks("web").map { $0.split(separator: " ")[1] }) == ["node-1", "node-2", "node-3"])
        #expect(try await manager.sh("docker service ls --format '{{.Name}} {{.Mode}} {{.Replicas}}'") == "web replicated 3/3")
        #expect(try await cluster.containers(of: "web").count == 3)
        // As Docker calls and labels them.
        let task = try await manager.sh("docker service ps -q --no-trunc --filter node=node-2 web")
        let name = try await manager.sh("docker service ps --filter node=node-2 --format '{{.Name}}' web")
        #expect(try await cluster[2].sh("docker ps --format '{{.Names}}'") == "\(name).\(task)")

        #expect(try await manager.sh("docker service scale -d web=5") == "web scaled to 5")
        try await cluster.running(5, of: "web")
        try await manager.sh("docker service scale -d web=1")
        try await cluster.running(1, of: "web")
        try await eventually("the others have gone") { try await cluster.containers(of: "web").count == 1 }
        #expect(try await manager.sh("docker service rm web") == "web")
        #expect(try await manager.sh("docker service ls -q") == "")
        try await manager.fails("docker service inspect web >/dev/null", "Status: Error: no such service: web, Code: 1")
        try await eventually("no container is left") {
            for host in cluster.hosts where try await host.sh("docker ps -aq") != "" { return false }
            return true
        }
    }

    @Test(arguments: Orchestrator.underTest)
    func anUpdateRollsOnAndCanBeTakenBack(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 1)
        let manager = cluster[1]
        try await manager.sh("docker service create -d --name web --replicas 2 --env V=1 --update-monitor 1s \(Self.sleeper)")
        try await cluster.running(2, of: "web")
        let before = try await cluster.containers(of: "web")
        try await manager.sh("docker service update -q --env-add V=2 web")
        #expect(try await manager.sh("docker service inspect -f '{{.UpdateStatus.State}}' web") == "completed")
        let after = try await cluster.containers(of: "web")
        #expect(Set(before).isDisjoint(with: after) && after.count == 2)
        #expect(try await manager.sh("docker exec $(docker ps -q | head -n 1) sh -c 'echo $V'") == "2")

        try await manager.sh("docker service rollback -q web")
        // The command watches for as long as updates are, a rollback for five seconds.
        try await eventually("the update is taken back") {
            try await manager.sh("docker service inspect -f '{{.UpdateStatus.State}}' web") == "rollback_completed"
        }
        #expect(try await manager.sh("docker exec $(docker ps -q | head -n 1) sh -c 'echo $V'") == "1")
    }

    @Test(arguments: Orchestrator.underTest)
    func anUpdateThatFailsIsPausedOrTakenBack(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1)
        let manager = cluster[1]
        try await manager.sh("docker service create -d --name web --replicas 2 --update-monitor 2s \(Self.sleeper)")
        try await cluster.running(2, of: "web")
        let before = try await cluster.containers(of: "web")
        // What ends at once may have been seen to run: without the delay it would be the other one's turn then.
        try await manager.sh("docker service update -d --update-delay 10s --args false web")
        try await eventually("the update is paused", within: .seconds(60)) {
            try await manager.sh("docker service inspect -f '{{.UpdateStatus.State}}' web") == "paused"
        }
        // One of the two was not touched.
        let untouched = try await cluster.containers(of: "web").filter(before.contains)
        #expect(untouched.count == 1)
        try await manager.sh("docker service rollback -d web")
        try await cluster.running(2, of: "web")

        try await manager.sh("docker service update -d --update-failure-action rollback --args false web")
        try await eventually("the update is taken back", within: .seconds(60)) {
            try await manager.sh("docker service inspect -f '{{.UpdateStatus.State}}' web") == "rollback_completed"
        }
        try await cluster.running(2, of: "web")
    }

    @Test(arguments: Orchestrator.underTest)
    func aGlobalServiceIsOnEveryNodeAndADrainedNodeIsEmpty(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 2)
        let manager = cluster[1]
        try await manager.sh("docker service create -q --name agent --mode global \(Self.sleeper)")
        try await manager.sh("docker service create -q --name web --replicas 3 \(Self.sleeper)")
        #expect(Set(try await cluster.tasks("agent").map { $0.split(separator: " ")[1] }) == ["node-1", "node-2", "node-3"])
        try await manager.sh("docker node update --availability drain node-3")
        try await eventually("node-3 is empty", within: .seconds(60)) { try await cluster[3].sh("docker ps -q") == "" }
        try await cluster.running(3, of: "web")
        try await cluster.running(2, of: "agent")
        try await manager.sh("docker node update --availability active node-3")
        try await cluster.running(3, of: "agent")
        // What runs stays where it is.
        #expect(try await cluster.tasks("web").allSatisfy { !$0.contains("node-3") })
    }

    @Test(arguments: Orchestrator.underTest)
    func aJobRunsToItsEnd(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 1)
        let manager = cluster[1]
        try await manager.sh(
            "docker service create -d --name sum --mode replicated-job --replicas 4 --max-concurrent 2 busybox sh -c 'echo done'")
        try await eventually("all have completed", within: .seconds(60)) {
            try await manager.sh("docker service ls --format '{{.Replicas}}'") == "0/2 (4/4 completed)"
        }
        // Slots begin with 0, which the command takes for none: that task is called by its ID.
        let names = try await manager.sh("docker service ps --format '{{.Name}}' sum").split(separator: "\n")
        #expect(names.count == 4 && Set(names).isSuperset(of: ["sum.1", "sum.2", "sum.3"]), "\(names)")
        try await manager.sh("docker service create -d --name once --mode global-job busybox true")
        try await eventually("it has completed on both nodes", within: .seconds(60)) {
            try await manager.sh("docker service ps --format '{{.CurrentState}}' once | grep -c ^Complete") == "2"
        }
    }

    @Test(arguments: Orchestrator.underTest)
    func secretsAndConfigsAreFilesInTheContainersThatUseThem(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 1)
        let manager = cluster[1]
        try await manager.sh("docker secret create pw -", input: "geheim")
        try await manager.sh("docker secret create key -", input: "schluessel")
        try await manager.sh("docker config create conf -", input: "a = b\n")
        try await manager.sh(
            """
            docker service create -q --name web --mode global --secret pw --secret source=key,target=/other,uid=7,mode=0400 \
            --config source=conf,target=/etc/app.conf \(Self.sleeper)
            """)
        try await manager.sh("docker service create -q --name plain \(Self.sleeper)")
        for host in cluster.hosts {
            let container = try await host.sh("docker ps -q --filter label=com.docker.swarm.service.name=web")
            #expect(try await host.sh("docker exec \(container) cat /run/secrets/pw /etc/app.conf") == "geheima = b")
            #expect(try await host.sh("docker exec \(container) stat -c '%a %u' /run/secrets/pw /other") == "444 0\n400 7")
            #expect(
                try await host.sh("docker exec \(container) sh -c 'grep -c \"^tmpfs .*/run/secrets/pw\" /proc/mounts'") == "1")
        }
        for host in cluster.hosts {
            let others = try await host.sh("docker ps -q --filter label=com.docker.swarm.service.name=plain")
            for container in others.split(separator: "\n") {
                #expect(try await host.sh("docker exec \(container) sh -c 'ls /run/secrets 2>/dev/null | wc -l'") == "0")
            }
        }
        try await manager.refuses(
            "docker secret rm pw",
            "rpc error: code = InvalidArgument desc = secret 'pw' is in use by the following service: web")
        try await manager.sh("docker service rm web")
        try await manager.sh("docker secret rm pw")
    }

    @Test(arguments: Orchestrator.underTest)
    func logsComeFromAllNodes(_ orchestrator: Orchestrator) async throws {
        let cluster = try await Cluster.withImages(orchestrator, managers: 1, workers: 1)
        let manager = cluster[1]
        // The engine reads the two streams side by side: only the pause makes sure which line is the last.
        try await manager.sh(
            """
            docker service create -q --name talk --mode global busybox \
            sh -c 'trap exit TERM; echo bad >&2; sleep 2; for i in 1 2 3; do echo line $i; done; sleep 100000 & wait'
            """)
        try await eventually("both have said everything") {
            try await manager.sh("docker service logs --raw talk 2>/dev/null | grep -c 'line 3' || true") == "2"
        }
        let all = try await manager.sh("docker service logs --raw talk 2>/dev/null | sort")
        #expect(all == ["line 1", "line 1", "line 2", "line 2", "line 3", "line 3"].joined(separator: "\n"))
        #expect(try await manager.sh("docker service logs --raw talk 2>&1 >/dev/null") == "bad\nbad")
        #expect(try await manager.sh("docker service logs --raw --tail 2 talk 2>/dev/null | sort -u").contains("line 3"))
        let task = try await manager.sh("docker service ps -q --no-trunc --filter node=node-2 talk")
        let named = try await manager.sh("docker service logs --tail 1 --no-trunc \(task) 2>/dev/null")
        expect(named, matches: #"talk\.\S+\.\#(task)@node-2 +\| line 3"#)
        let followed = try await manager.attempt("timeout 5 docker service logs --raw --follow talk 2>/dev/null")
        #expect(followed.text.split(separator: "\n").count == 6, "\(followed.text)")
        #expect(try await manager.sh("docker service logs --raw --since 2100-01-01 talk") == "")
    }
}
