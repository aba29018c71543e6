import Foundation
import FoundationXML
import Testing

@testable import Lab

@Suite struct GraphTests {
    /// A live lab with three managers, two of their workers, and services with tasks.
    static func snapshot(managers: Int = 3, workers: Int = 4, extra: String = "") -> LabSnapshot {
        var machines: [LabSnapshot.Machine] = []
        for index in 1...(managers + workers) {
            let isManager = index <= managers
            let name = (isManager ? "manager-\(index)" : "worker-\(index - managers)") + extra
            let isDown = index == managers + workers && workers > 1
            machines.append(
                .init(
                    name: name, role: isManager ? .manager : .worker,
                    machine: .init(
                        name: name, state: isDown ? .stopped : .running, address: "192.168.99.\(100 + index)", driver: "libvirt"),
                    node: SwarmNode(
                        id: "n\(index)", hostname: name, role: isManager ? .manager : .worker,
                        availability: index == 1 ? .drain : .active,
                        state: isDown ? .down : .ready, labels: index == 2 ? ["disk": "ssd", "zone": "a<b>\(extra)"] : [:],
                        managerStatus: isManager ? (index == 1 ? .leader : .reachable) : nil),
                    swarm: isDown ? nil : .active))
        }
        let services = [
            SwarmService(
                id: "s1", name: "web\(extra)", image: "xataz/nginx:mainline", mode: .replicated(7),
                ports: [.init(published: 80, target: 8080)]),
            SwarmService(id: "s2", name: "agent", image: "busybox", mode: .global),
            SwarmService(
                id: "s3", name: "a-service-with-quite-a-long-name",
                image: "registry.example.org/some/very/long/image/name:with-a-tag", mode: .replicated(2)),
        ]
        let count = managers + workers
        var tasks = (1...7).map {
            SwarmTask(
                id: "t\($0)", serviceID: "s1", nodeID: "n\($0 % max(1, count - 1) + 1)", slot: $0,
                state: $0 == 7 ? "preparing" : "running")
        }
        tasks += (1..<count).map { SwarmTask(id: "g\($0)", serviceID: "s2", nodeID: "n\($0)", slot: 0, state: "running") }
        tasks += [SwarmTask(id: "l", serviceID: "s3", nodeID: "n2", slot: 1, state: "running")]
        return LabSnapshot(
            name: "ha-lab\(extra)", machines: machines, services: services, tasks: tasks,
            networks: [
                .init(id: "x", name: "ingress", driver: "overlay", isIngress: true),
                .init(id: "y", name: "backend", driver: "overlay"),
            ], isLive: true)
    }

    @Test(arguments: ["", "\"<&>'\u{1B}"]) func theSVGIsWellFormed(extra: String) throws {
        let document = try XMLDocument(data: Data(SVGGraph(Self.snapshot(extra: extra)).document.utf8))
        #expect(document.rootElement()?.name == "svg")
        let texts = document.rootElement().map(Self.texts) ?? []
        #expect(texts.contains { $0.hasPrefix("ha-lab") })
        #expect(texts.contains("192.168.99.101"))
        #expect(texts.contains("Leader"))
        #expect(texts.contains { $0.contains("drain") })
        #expect(texts.count { $0 == "agent" } == 7, "six tasks of the global service and its line in the list")
    }

    @Test func nothingIsDrawnOutsideThePicture() throws {
        for (managers, workers) in [(1, 0), (1, 2), (3, 4), (5, 12)] {
            let document = try XMLDocument(
                data: Data(SVGGraph(Self.snapshot(managers: managers, workers: workers)).document.utf8))
            let root = try #require(document.rootElement())
            let size = ["width", "height"].map { Int(root.attribute(forName: $0)?.stringValue ?? "") ?? 0 }
            for group in root.elements(forName: "g") {
                guard let place = group.attribute(forName: "transform")?.stringValue else { continue }
                let corner = try Pattern("[0-9]+").values(in: place).compactMap { Int($0) }
                let card = try #require(group.elements(forName: "rect").first)
                let extent = ["width", "height"].map { Int(card.attribute(forName: $0)?.stringValue ?? "") ?? 0 }
                #expect(corner.count == 2 && corner[0] + extent[0] <= size[0] && corner[1] + extent[1] <= size[1])
            }
        }
    }

    @Test func aLabThatIsNotUpIsDrawnFromItsFile() throws {
        let (topology, _) = TopologyReader.read("name: t\nmanagers: 1\nworkers: 2\n")
        let svg = SVGGraph(LabSnapshot(try #require(topology))).document
        #expect(svg.contains("as its file has it"))
        #expect(svg.contains(">worker-2<"))
    }

    @Test func theMermaidChart() {
        let chart = MermaidGraph(Self.snapshot(managers: 1, workers: 2)).document
        #expect(chart.contains("flowchart TB"))
        #expect(chart.contains("managers0[\"<b>manager-1</b><br/>Leader · 192.168.99.101 · drain"))
        #expect(chart.contains("managers --> workers"))
        #expect(chart.contains(":::down"))
        let nasty = MermaidGraph(Self.snapshot(managers: 1, workers: 1, extra: "\"]<b>;#")).document
        #expect(!nasty.contains("\"]<b>;#"))
        #expect(nasty.contains("#34;#93;#60;b#62;#59;#35;"))
    }

    private static func texts(_ element: XMLElement) -> [String] {
        (element.children ?? []).compactMap { $0 as? XMLElement }.flatMap { child in
            (child.name == "text" ? [child.stringValue ?? ""] : []) + texts(child)
        }
    }
}
