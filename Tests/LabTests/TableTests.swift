import Testing

@testable import Lab

/// Outputs as `docker` and `docker-machine` print them.
@Suite struct TableTests {
    static let nodes = """
        ID                            HOSTNAME   STATUS    AVAILABILITY   MANAGER STATUS   ENGINE VERSION
        ai223orm5n2b8fdbkic3leyfd *   node-01    Ready     Active         Leader           26.1.5
        ck1gmrsra3jq6pkds1sdfia1f     node-02    Ready     Active         Reachable        26.1.5
        25io9rn7fbh2v3hfbtrxx6eug     node-03    Down      Drain                           26.1.5

        """

    @Test func emptyCellsAndHeadingsWithSpaces() throws {
        let table = try #require(DockerTable(Self.nodes))
        #expect(table.columns == ["ID", "HOSTNAME", "STATUS", "AVAILABILITY", "MANAGER STATUS", "ENGINE VERSION"])
        #expect(table.rows[0] == ["ai223orm5n2b8fdbkic3leyfd *", "node-01", "Ready", "Active", "Leader", "26.1.5"])
        #expect(table.rows[2] == ["25io9rn7fbh2v3hfbtrxx6eug", "node-03", "Down", "Drain", "", "26.1.5"])
    }

    @Test func oldDockersTwoSpaceColumns() throws {
        let table = try #require(
            DockerTable(
                """
                ID                         NAME   IMAGE                 NODE   DESIRED STATE  CURRENT STATE           ERROR
                7b2osbdqc3sg84mixgzxip1fk  web.1  xataz/nginx:mainline  node1  Running        Running 12 seconds ago
                """))
        #expect(table.cell(table.rows[0], "CURRENT STATE") == "Running 12 seconds ago")
        #expect(table.cell(table.rows[0], "ERROR") == "")
    }

    @Test func machinesInATable() throws {
        let table = try #require(
            DockerTable(
                """
                NAME      ACTIVE   DRIVER       STATE     URL                         SWARM   DOCKER    ERRORS
                node-01   *        virtualbox   Running   tcp://192.168.99.101:2376           v26.1.5   
                node-02   -        virtualbox   Stopped                                       Unknown   
                """))
        #expect(
            table.rows == [
                ["node-01", "*", "virtualbox", "Running", "tcp://192.168.99.101:2376", "", "v26.1.5", ""],
                ["node-02", "-", "virtualbox", "Stopped", "", "", "Unknown", ""],
            ])
    }

    @Test func theTableWithTheColumnsInQuestionIsFoundAmongOtherOutput() throws {
        let output = """
            web
            ID             NAME      MODE         REPLICAS   IMAGE                  PORTS
            cwrfie1hxn8g   web       replicated   5/5        xataz/nginx:mainline   *:80->8080/tcp
            \(Self.nodes)
            """
        let table = try #require(DockerTable(output, needed: ["HOSTNAME"]))
        #expect(table.rows.count == 3)
        let services = try #require(DockerTable(output))
        #expect(services.rows.map { services.cell($0, "PORTS") } == ["*:80->8080/tcp"])
    }

    @Test func aHeadingAloneIsATableWithoutRows() throws {
        #expect(try #require(DockerTable("ID        NAME      MODE      REPLICAS   IMAGE     PORTS\n")).rows.isEmpty)
        #expect(DockerTable("nothing here\n") == nil)
        #expect(DockerTable("") == nil)
    }

    @Test func historyRowsOfServicePs() throws {
        let table = try #require(
            DockerTable(
                """
                ID             NAME        IMAGE     NODE      DESIRED STATE   CURRENT STATE             ERROR                         PORTS
                abc            web.1       nginx     node1     Running         Running 3 seconds ago                                   
                def             \\_ web.1   nginx     node2     Shutdown        Failed 20 seconds ago     "task: non-zero exit (137)"   
                """))
        #expect(table.cell(table.rows[1], "NAME") == "\\_ web.1")
        #expect(table.cell(table.rows[1], "ERROR") == "\"task: non-zero exit (137)\"")
    }

    @Test func expectationsOfTables() throws {
        let checker = Checker { $0 }
        func mismatches(_ table: TableExpectation) throws -> [String] {
            try checker.mismatches(.init(table: table), Outcome(statuses: [0], stdout: Self.nodes)).map(\.description)
        }
        #expect(try mismatches(.init(rows: .exactly(3), columns: ["STATUS"])) == [])
        #expect(try mismatches(.init(rows: .exactly(4))) == ["expected 4 rows, but the table has 3"])
        #expect(
            try mismatches(.init(columns: ["NODE"])) == [
                "expected a table with column NODE, but its columns are ID, HOSTNAME, STATUS, AVAILABILITY, MANAGER STATUS, ENGINE VERSION"
            ])
        #expect(
            try mismatches(
                .init(has: [.init(where: [.init("HOSTNAME", .text("node-03"))], cells: [.init("STATUS", .text("Ready"))])])) == [
                    "expected STATUS \"Ready\" in rows with HOSTNAME \"node-03\", but STATUS is \"Down\" in the row of \"25io9rn7fbh2v3hfbtrxx6eug\""
                ])
        #expect(
            try mismatches(.init(has: [.init(where: [.init("HOSTNAME", .text("node-04"))])])) == [
                "expected at least 1 rows with HOSTNAME \"node-04\", but there are 0"
            ])
        #expect(
            try mismatches(
                .init(has: [
                    .init(where: [.init("MANAGER STATUS", .pattern(try Pattern("Leader|Reachable")))], count: .exactly(2))
                ])) == [])
    }
}
