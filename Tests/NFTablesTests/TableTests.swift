import Testing

@testable import NFTables

struct TableTests {
    @Test func aTableTakesThePlaceOfTheOneBefore() {
        var table = Table(name: "lab")
        table.lookups = [
            Lookup("ports", type: "inet_proto . inet_service : verdict", elements: ["tcp . 80 : goto web"]),
            Lookup("nets", type: "ipv4_addr", isInterval: true, elements: []),
        ]
        table.chains = [
            Chain("web", comment: "the \"web\"", rules: ["meta l4proto tcp dnat ip to 10.0.0.1"]),
            Chain("first", hook: "nat hook prerouting priority dstnat", rules: ["meta l4proto . th dport vmap @ports"]),
        ]
        #expect(
            table.script == """
                table inet lab
                delete table inet lab
                table inet lab {
                    map ports {
                        type inet_proto . inet_service : verdict
                        elements = {
                            tcp . 80 : goto web,
                        }
                    }

                    set nets {
                        type ipv4_addr
                        flags interval
                    }

                    chain web {
                        comment "the web"
                        meta l4proto tcp dnat ip to 10.0.0.1
                    }

                    chain first {
                        type nat hook prerouting priority dstnat; policy accept;
                        meta l4proto . th dport vmap @ports
                    }
                }

                """)
    }

    @Test func aTableOfNothingIsNone() {
        #expect(Table(name: "lab").script == "table inet lab\ndelete table inet lab\n")
    }

    private var earlier: Table {
        var table = Table(name: "lab")
        table.lookups = [
            Lookup("hosts", type: "ipv4_addr", elements: ["10.0.0.1", "10.0.0.2"]),
            Lookup("ports", type: "inet_service : verdict", elements: ["80 : goto web", "81 : goto db"]),
            Lookup("nets", type: "ipv4_addr", isInterval: true, elements: ["10.0.0.0/24"]),
        ]
        table.chains = [
            Chain("web", comment: "the web", rules: ["accept"]), Chain("db", rules: ["accept"]),
            Chain("first", hook: "filter hook input priority filter", rules: ["tcp dport vmap @ports"]),
        ]
        return table
    }

    @Test func onlyWhatDiffersIsChanged() {
        #expect(earlier.changes(from: earlier) == "")
        var table = earlier
        table.lookups[0].elements = ["10.0.0.4", "10.0.0.2", "10.0.0.3"]
        table.lookups[1].elements = ["80 : goto other", "82 : goto other"]
        table.chains[0].rules = ["drop"]
        table.chains[1] = Chain("other", comment: "the other", rules: ["accept"])
        table.chains[2].rules.append("ip saddr @hosts drop")
        #expect(
            table.changes(from: earlier) == """
                delete element inet lab hosts { 10.0.0.1 }
                delete element inet lab ports { 80, 81 }
                flush chain inet lab web
                flush chain inet lab first
                flush chain inet lab db
                delete chain inet lab db
                table inet lab {
                    chain other {
                        comment "the other"
                        accept
                    }

                    chain web {
                        drop
                    }

                    chain first {
                        tcp dport vmap @ports
                        ip saddr @hosts drop
                    }
                }
                add element inet lab hosts { 10.0.0.3, 10.0.0.4 }
                add element inet lab ports { 80 : goto other, 82 : goto other }

                """)
    }

    @Test func aTableOfAnotherBuildIsMadeAsAWhole() {
        let changes: [(inout Table) -> Void] = [
            { $0.family = "ip" }, { $0.name = "other" }, { $0.lookups.removeLast() }, { $0.lookups[0].type = "ipv6_addr" },
            { $0.lookups[2].elements = ["10.0.1.0/24"] }, { $0.chains[0].comment = nil },
            { $0.chains[0].hook = $0.chains[2].hook },
            { $0.chains[2].hook = "filter hook output priority filter" }, { $0.chains.removeLast() },
        ]
        for (number, change) in changes.enumerated() {
            var table = earlier
            change(&table)
            #expect(table.changes(from: earlier) == nil, "\(number)")
            #expect(earlier.changes(from: table) == nil, "\(number)")
        }
    }

    @Test func elementsInAnyOrderAreTheSameText() {
        let elements = (1...40).map { "10.0.0.\($0)" }
        var (one, other) = (Table(name: "lab"), Table(name: "lab"))
        one.lookups = [Lookup("all", type: "ipv4_addr", elements: elements)]
        other.lookups = [Lookup("all", type: "ipv4_addr", elements: elements.reversed())]
        #expect(one.script == other.script)
    }
}
