import NFTables
import Testing

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

    @Test func elementsInAnyOrderAreTheSameText() {
        let elements = (1...40).map { "10.0.0.\($0)" }
        var (one, other) = (Table(name: "lab"), Table(name: "lab"))
        one.lookups = [Lookup("all", type: "ipv4_addr", elements: elements)]
        other.lookups = [Lookup("all", type: "ipv4_addr", elements: elements.reversed())]
        #expect(one.script == other.script)
    }
}
