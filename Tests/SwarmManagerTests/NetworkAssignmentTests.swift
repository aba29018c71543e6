import DockerAPI
import Orchestration
import SeededRandom
import SwarmModel
import SwarmRPC
import Testing

@testable import SwarmManager

/// What nodes are told of networks.
@Suite struct NetworkAssignmentTests {
    private static let time = Timestamp(nanoseconds: 1_795_252_502_000_000_000)

    private static func network(_ id: String, _ third: Int, isIngress: Bool = false) -> Network {
        Network(
            id: id, now: time,
            spec: NetworkSpec(
                name: "\(id)-name", driver: LogDriver(name: "overlay", options: [NetworkOption.mtu: "1400", "encrypted": ""]),
                isInternal: true, isIngress: isIngress), vni: 4096 + UInt32(third),
            subnets: [.init(block: "10.0.\(third).0/24", gateway: "10.0.\(third).1")])
    }

    private static func node(_ id: String, _ address: String) -> Node {
        var node = Node(
            id: id, now: time, role: .worker, availability: .active, address: address, certificateExpiry: time)
        node.state = .ready
        return node
    }

    private static func service(_ id: String, in networks: [String], publishes: Bool = false) -> Service {
        var service = Service(
            id: id, now: time,
            spec: ServiceSpec(
                name: "\(id)-name",
                taskTemplate: TaskSpec(networks: networks.map { NetworkAttachmentConfig(target: $0, aliases: ["www"]) })))
        service.endpoint = SwarmService.Endpoint(
            virtualIPs: networks.map { .init(networkID: $0, address: "10.0.1.2/24") })
        if publishes {
            let ports = [PortConfig(transport: "tcp", target: 80, published: 8080, publishMode: "ingress")]
            service.spec.endpoint = EndpointSpec(mode: "vip", ports: ports)
            service.endpoint?.ports = ports
            service.endpoint?.virtualIPs?.append(.init(networkID: "mesh", address: "10.0.0.9/24"))
        }
        return service
    }

    private static func task(_ id: String, of service: Service, on node: String, in network: String, _ address: String)
        -> TaskRecord
    {
        var task = TaskRecord(id: id, now: time, service: service, slot: 1, nodeID: node, desiredState: .running)
        task.status = TaskRecord.Status(state: .running, timestamp: time, message: "")
        task.networks = [.init(networkID: network, addresses: [address], aliases: ["www"])]
        return task
    }

    private static let web = service("web", in: ["front"], publishes: true)

    private static func peers(_ places: (String, String)...) -> [NetworkPeer] {
        places.map { NetworkPeer(networkID: $0, nodeID: $1, address: "10.0.1.9/24") }
    }

    private static var state: ClusterState {
        var state = ClusterState()
        for network in [network("mesh", 0, isIngress: true), network("front", 1), network("other", 2)] {
            state.networks[network.id] = Versioned(network, version: 1)
        }
        for node in [node("n1", "10.77.0.11"), node("n2", "10.77.0.12")] { state.nodes[node.id] = Versioned(node, version: 1) }
        for service in [web, service("db", in: ["other"])] { state.services[service.id] = Versioned(service, version: 1) }
        return state
    }

    private static func board() -> TaskBoard {
        let board = TaskBoard()
        board.replace(
            [task("a", of: web, on: "n1", in: "front", "10.0.1.3/24"), task("b", of: web, on: "n2", in: "front", "10.0.1.4/24")],
            peers: peers(("mesh", "n1"), ("mesh", "n2"), ("front", "n1"), ("front", "n2"), ("other", "n2")))
        return board
    }

    @Test func aNodeIsToldOfTheNetworksThatItIsInAndOfEverybodyInThem() throws {
        let told = Self.board().networks(of: "n1", in: Self.state)
        #expect(Set(told.networks.keys) == ["mesh", "front"])
        let front = try #require(told.networks["front"])
        #expect(
            front.vni == 4097 && front.subnet == "10.0.1.0/24" && front.gateway == "10.0.1.1" && front.address == "10.0.1.9/24")
        #expect(front.mtu == 1400 && front.isInternal && front.isEncrypted && !front.isIngress && front.dataPathPort == 4789)
        #expect(told.networks["mesh"]?.isIngress == true)
        #expect(
            told.peers[.init("front", "n2")]
                == PeerAssignment(networkID: "front", nodeID: "n2", underlay: "10.77.0.12", address: "10.0.1.9/24", isReady: true)
        )
        #expect(Set(told.endpoints.keys) == [.init("front", "a"), .init("front", "b")])
        let other = try #require(told.endpoints[.init("front", "b")])
        #expect(other.taskName == "web-name.1.b" && other.serviceName == "web-name" && other.aliases == ["www"])
        #expect(other.addresses == ["10.0.1.4/24"] && other.nodeID == "n2" && other.isReady)
        #expect(Set(told.services.keys) == [.init("front", "web"), .init("mesh", "web")])
        #expect(told.services[.init("front", "web")]?.virtualIP == "10.0.1.2/24")
        #expect(told.services[.init("mesh", "web")]?.virtualIP == "10.0.0.9/24")
        #expect(told.services[.init("mesh", "web")]?.ports.first?.published == 8080)
        #expect(Set(Self.board().networks(of: "n2", in: Self.state).networks.keys) == ["mesh", "front", "other"])
    }

    @Test func keysAreToldInEncryptedNetworksAndAgainWhenTheyAreOthers() throws {
        let board = Self.board()
        var state = Self.state
        state.networks["mesh"]?.value.spec.driver?.options = nil
        var cursor = NetworkLedger.Cursor()
        func keys() throws -> [String: String?] {
            let changes = try #require(board.networkChanges(of: "n1", since: &cursor, in: state))
            return Dictionary(uniqueKeysWithValues: changes.peers.map { ("\($0.networkID) \($0.nodeID)", $0.tunnelKey) })
        }
        func report(_ key: UInt8) throws {
            let report = NodeReport(
                description: .init(), address: "10.77.0.12", isServing: false, tunnelKey: [UInt8](repeating: key, count: 32))
            state.nodes["n2"]?.value.take(try NodeReport(try report.wire()), seen: nil)
            state.topology += 1
        }
        #expect(try keys().values.allSatisfy { $0 == nil })
        try report(0)
        let zeros = String(repeating: "A", count: 43) + "="
        #expect(try keys() == ["front n2": zeros])
        try report(0)
        #expect(try keys() == [:])
        try report(255)
        #expect(try keys() == ["front n2": String(repeating: "/", count: 42) + "8="])
        // A node of an older version has none.
        state.nodes["n2"]?.value.take(NodeReport(description: .init(), address: "10.77.0.12", isServing: false), seen: nil)
        state.topology += 1
        #expect(try keys() == ["front n2": nil])
    }

    @Test func nothingIsSentToTasksThatDoNotRunOrWhoseNodesAreGone() {
        let board = Self.board()
        var state = Self.state
        func isReady(_ task: String) -> Bool? { board.networks(of: "n1", in: state).endpoints[.init("front", task)]?.isReady }
        var stopping = Self.task("a", of: Self.web, on: "n1", in: "front", "10.0.1.3/24")
        stopping.desiredState = .shutdown
        board.apply(put: [stopping], remove: [])
        #expect(isReady("a") == false && isReady("b") == true)
        state.nodes["n2"]?.value.state = .down
        state.topology += 1
        #expect(isReady("b") == false)
        #expect(board.networks(of: "n1", in: state).peers[.init("front", "n2")]?.isReady == false)
        stopping.status.state = .shutdown
        board.apply(put: [stopping], remove: ["b"])
        #expect(isReady("a") == nil && isReady("b") == nil)
    }

    @Test func whoIsInANetworkHearsOfWhatHappensInItAndNobodyElse() async {
        let board = Self.board()
        board.apply(put: [], remove: [], [Change.peer(NetworkPeer(networkID: "mesh", nodeID: "n3", address: "10.0.0.7/24"))])
        @Sendable func hears(_ node: String, _ change: @escaping @Sendable () -> Void) async -> Bool {
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    var news = board.changes(of: node).makeAsyncIterator()
                    // The first says only that it has begun.
                    await news.next()
                    change()
                    return await news.next() != nil
                }
                group.addTask {
                    try? await Task.sleep(for: .milliseconds(100))
                    return false
                }
                defer { group.cancelAll() }
                return await group.next() ?? false
            }
        }
        let starting = Self.task("c", of: Self.web, on: "n2", in: "front", "10.0.1.5/24")
        var again = starting
        again.status.message = "again"
        let same = again
        let hearsOfStart = await hears("n1") { board.apply(put: [starting], remove: []) }
        let strangerHears = await hears("n3") {
            board.apply(put: [Self.task("d", of: Self.web, on: "n2", in: "front", "10.0.1.6/24")], remove: [])
        }
        let hearsOfNothing = await hears("n1") { board.apply(put: [same], remove: []) }
        let hearsOfEnd = await hears("n1") { board.apply(put: [], remove: ["c"]) }
        #expect(hearsOfStart && hearsOfEnd)
        #expect(!strangerHears)
        #expect(!hearsOfNothing, "what is no difference to others is no news to them")
    }

    @Test func theFirstIsWholeAndThenComesWhatHasChanged() throws {
        let (board, state) = (Self.board(), Self.state)
        var tracker = AssignmentTracker()
        var cursor = NetworkLedger.Cursor()
        func news() throws -> NetworkChanges { try #require(board.networkChanges(of: "n1", since: &cursor, in: state)) }
        let first = tracker.next([], network: try news(), in: state)
        #expect(first?.isComplete == true && first?.network.networks.map(\.id) == ["front", "mesh"])
        #expect(tracker.next([], network: try news(), in: state) == nil)
        board.apply(
            put: [], remove: ["b"],
            [Change.removePeer(network: "front", node: "n2"), .removePeer(network: "mesh", node: "n1")])
        let next = tracker.next([], network: try news(), in: state)
        #expect(next?.isComplete == false && next?.network.removedEndpoints == [.init("front", "b")])
        #expect(next?.network.removedNetworks == ["mesh"] && next?.network.networks == [])
        #expect(next?.network.removedServices == [.init("mesh", "web")])
    }

    /// Some of everything.
    private static func some(_ random: inout SeededRandom) -> NodeNetworks {
        var result = NodeNetworks()
        for third in 0..<4 where Bool.random(using: &random) {
            let network = network("w\(third)", third)
            result.networks[network.id] = NetworkAssignment(
                network, subnet: network.subnets[0], address: "10.0.\(third).\(Int.random(in: 2...4, using: &random))/24",
                dataPathPort: 4789)
            for number in 0..<5 where Bool.random(using: &random) {
                let key = NodeNetworks.Key(network.id, "x\(number)")
                let isReady = Bool.random(using: &random)
                result.peers[key] = PeerAssignment(
                    networkID: key.network, nodeID: key.member, underlay: "10.77.0.\(number)", address: "10.0.0.5/24",
                    isReady: isReady)
                var task = task(key.member, of: web, on: "n1", in: network.id, "10.0.1.\(number)/24")
                if isReady { task.desiredState = .shutdown }
                result.endpoints[key] = EndpointAssignment(task, task.networks[0], on: nil)
                result.services[key] = ServiceAssignment(service(key.member, in: [network.id], publishes: isReady), in: network)
            }
        }
        return result
    }

    @Test(arguments: 1...UInt64(30))
    func whatANodeMakesOfTheChangesIsWhatTheManagerHas(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var (manager, node) = (NodeNetworks(), NodeNetworks())
        for step in 0..<20 {
            let next = Self.some(&random)
            var assignments = Assignments(isComplete: false)
            assignments.network = NetworkChanges(from: manager, to: next)
            #expect(assignments.isEmpty == (manager == next), "step \(step)")
            manager = next
            // By way of the wire.
            var taken = Assignments(isComplete: false)
            for message in try assignments.wire() { try taken.take(message) }
            node.apply(taken.network)
            #expect(node == manager, "step \(step)")
        }
    }

    /// Everything at once, from what there is.
    private static func whole(_ node: String, _ tasks: [TaskRecord], _ peers: [NetworkPeer], _ state: ClusterState)
        -> NodeNetworks
    {
        var result = NodeNetworks()
        for own in peers where own.nodeID == node {
            guard let network = state.networks[own.networkID]?.value else { continue }
            result.networks[network.id] = NetworkAssignment(
                network, subnet: network.subnets[0], address: own.address, dataPathPort: 4789)
            for peer in peers where peer.networkID == network.id {
                let host = state.nodes[peer.nodeID]?.value
                result.peers[.init(network.id, peer.nodeID)] = PeerAssignment(
                    networkID: network.id, nodeID: peer.nodeID, underlay: host?.underlay ?? "", address: peer.address,
                    isReady: host?.state == .ready)
            }
            for task in tasks where !task.status.state.isTerminal {
                for attachment in task.networks where attachment.networkID == network.id {
                    result.endpoints[.init(network.id, task.id)] = EndpointAssignment(
                        task, attachment, on: task.nodeID.flatMap { state.nodes[$0]?.value })
                }
            }
            for service in state.services.values.map(\.value) {
                let isIn =
                    network.isIngress
                    ? service.spec.endpoint?.hasIngressPorts ?? false
                    : service.spec.taskTemplate.networkIDs.contains(network.id)
                if isIn { result.services[.init(network.id, service.id)] = ServiceAssignment(service, in: network) }
            }
        }
        return result
    }

    /// Sessions that are told at different times, some of them of a leader that has read everything anew meanwhile.
    @Test(arguments: 1...UInt64(30))
    func whatSessionsAreToldBitByBitIsWhatThereIs(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let board = TaskBoard()
        var state = Self.state
        var tasks: [String: TaskRecord] = [:]
        var peers: [String: NetworkPeer] = [:]
        var sessions: [(node: String, cursor: NetworkLedger.Cursor, told: NodeNetworks)] = []
        for node in ["n1", "n2", "n1"] { sessions.append((node, NetworkLedger.Cursor(), NodeNetworks())) }
        board.replace([])
        for step in 0..<200 {
            let network = ["mesh", "front", "other"].randomElement(using: &random) ?? "front"
            let node = ["n1", "n2"].randomElement(using: &random) ?? "n1"
            let number = UInt64.random(in: 0..<6, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1:
                let peer = NetworkPeer(networkID: network, nodeID: node, address: "10.0.1.\(number)/24")
                peers[network + node] = peer
                board.apply(put: [], remove: [], [Change.peer(peer)])
            case 2:
                peers[network + node] = nil
                board.apply(put: [], remove: [], [Change.removePeer(network: network, node: node)])
            case 3, 4, 5:
                var task = tasks["t\(number)"] ?? Self.task("t\(number)", of: Self.web, on: node, in: network, "10.0.1.3/24")
                task.status.state = [.assigned, .running, .failed].randomElement(using: &random) ?? .running
                tasks[task.id] = task
                board.apply(put: [task], remove: [])
            case 6:
                tasks["t\(number)"] = nil
                board.apply(put: [], remove: ["t\(number)"])
            case 7:
                state.nodes[node]?.value.state = Bool.random(using: &random) ? .ready : .down
                state.topology += 1
            case 8:
                let version = UInt64(step) + 2
                state.services["s\(number)"] =
                    Bool.random(using: &random)
                    ? nil : Versioned(Self.service("s\(number)", in: [network], publishes: true), version: version)
                state.topology += 1
            default: board.replace(Array(tasks.values), peers: Array(peers.values))
            }
            for index in sessions.indices where Bool.random(using: &random) {
                let news = board.networkChanges(of: sessions[index].node, since: &sessions[index].cursor, in: state)
                sessions[index].told.apply(try #require(news))
                let whole = Self.whole(sessions[index].node, Array(tasks.values), Array(peers.values), state)
                #expect(sessions[index].told == whole, "seed \(seed), step \(step), session \(index)")
            }
        }
    }

    @Test func whoWasToldTooLongAgoHasToBeginAnew() throws {
        let (board, state) = (Self.board(), Self.state)
        var (late, timely) = (NetworkLedger.Cursor(), NetworkLedger.Cursor())
        for number in 0..<20_000 {
            let task = Self.task("x\(number)", of: Self.web, on: "n2", in: "front", "10.0.1.7/24")
            board.apply(put: [task], remove: [])
            board.apply(put: [], remove: [task.id])
            if number.isMultiple(of: 500) {
                _ = try #require(board.networkChanges(of: "n1", since: &timely, in: state))
            }
            if number == 0 { _ = board.networkChanges(of: "n1", since: &late, in: state) }
        }
        #expect(board.networkChanges(of: "n1", since: &late, in: state) == nil)
    }
}

extension TaskBoard {
    /// All that a node's data plane is to know.
    fileprivate func networks(of node: String, in state: ClusterState) -> NodeNetworks {
        var (result, cursor) = (NodeNetworks(), NetworkLedger.Cursor())
        result.apply(networkChanges(of: node, since: &cursor, in: state) ?? NetworkChanges())
        return result
    }
}
