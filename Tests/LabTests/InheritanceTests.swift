import Testing

@testable import Lab

@Suite struct InheritanceTests {
    private func read(_ text: String) throws -> Topology {
        let (topology, diagnostics) = TopologyReader.read(text)
        return try #require(topology, "\(diagnostics)")
    }

    @Test func nearestWinsAndMappingsMerge() throws {
        let topology = try read(
            """
            name: t
            defaults:
              memory: 512
              cpus: 1
              labels: {zone: a, rack: r1}
              engine: {labels: {disk: hdd, os: debian}, options: [debug], env: {A: "1"}}
            groups:
              big:
                memory: 2G
                labels: {zone: b}
                engine: {labels: {disk: ssd}, options: [experimental, mtu=1400]}
            machines:
              m: {role: manager, group: big, cpus: 3, labels: {zone: c}, engine: {env: {B: "2"}}}
              w: {group: big}
              p:
            """)
        let (m, w, p) = (topology.machines[0], topology.machines[1], topology.machines[2])
        #expect([m.memory, w.memory, p.memory] == [2048, 2048, 512])
        #expect([m.cpus, w.cpus, p.cpus] == [3, 1, 1])
        #expect(m.labels == ["zone": "c", "rack": "r1"])
        #expect(w.labels == ["zone": "b", "rack": "r1"])
        #expect(m.engine.labels == ["disk": "ssd", "os": "debian"])
        #expect(m.engine.env == ["A": "1", "B": "2"])
        #expect(m.engine.options == ["experimental", "mtu=1400"], "a list replaces the inherited one")
        #expect(p.engine.options == ["debug"])
        #expect([m.role, w.role, p.role] == [.manager, .worker, .worker])
    }

    @Test func setsAndPatternsOfNames() throws {
        let topology = try read(
            """
            name: t
            managers: {count: 3, names: "node-{nn}", memory: 768}
            workers: {count: 2, names: "node-{nn}", first: 4}
            machines: {extra: worker}
            """)
        #expect(topology.machines.map(\.name) == ["node-01", "node-02", "node-03", "node-04", "node-05", "extra"])
        #expect(topology.managers.map(\.memory) == [768, 768, 768])
        #expect(topology.workers.count == 3)
        #expect(try read("name: t\nmanagers: 1\nworkers: 2\n").machines.map(\.name) == ["manager-1", "worker-1", "worker-2"])
    }

    @Test func inheritedNodeLabelsDoNotBindMachinesOutsideTheSwarm() throws {
        let topology = try read("name: t\ndefaults: {labels: {a: b}}\nmachines: {m: manager, x: {role: none}}\n")
        #expect(topology.machine("x")?.labels == [:])
    }

    @Test func aLineOfYAMLCanBeShared() throws {
        let topology = try read(
            """
            name: t
            x-wait: &wait {within: 90s, every: 3s}
            machines: {m: manager}
            steps:
              - {run: a, on: m, until: *wait}
              - {run: b, on: host, until: *wait}
            """)
        #expect(
            topology.steps.map(\.until) == [
                Until(within: .seconds(90), every: .seconds(3)), Until(within: .seconds(90), every: .seconds(3)),
            ])
    }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("1.5s", .milliseconds(1500)), ("2m", .seconds(120)),
        ("1m30s", .seconds(90)),
        ("1h", .seconds(3600)),
    ])
    func durations(text: String, duration: Duration) { #expect(Duration(lab: text) == duration) }

    @Test(arguments: ["", "5", "s", "5x", "-5s", "1s1m", "5 s", ".5s", "1e3s", "9999h", "5s5s"])
    func notDurations(text: String) { #expect(Duration(lab: text) == nil) }
}
