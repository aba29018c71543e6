import GoTemplate
import Testing

@testable import MachineCLI

@Suite struct ListingTests {
    let machines = [
        MachineListing(
            name: "worker1", driverName: "virtualbox", state: "Stopped", url: "", dockerVersion: nil,
            error: "Host is not running", dockerHost: nil),
        MachineListing.timedOut(name: "slow", driverName: "virtualbox", after: .seconds(10)),
        MachineListing(
            name: "manager1", driverName: "virtualbox", state: "Running", url: "tcp://192.168.99.100:2376",
            dockerVersion: "19.03.12",
            engineLabels: ["a=b"], dockerHost: "tcp://192.168.99.100:2376", responseTime: .milliseconds(12)),
        MachineListing.unreadable(name: "bad", error: "invalid character 'x' looking for\n beginning of value"),
    ]

    func ls(_ format: String = "") throws -> String {
        try ListingFormat(format).render(machines)
    }

    @Test func `the standard table`() throws {
        #expect(
            try ls() == """
                NAME       ACTIVE   DRIVER       STATE     URL                         SWARM   DOCKER      ERRORS
                bad                 not found    Error                                                     invalid character 'x' looking for beginning of value
                manager1   *        virtualbox   Running   tcp://192.168.99.100:2376           v19.03.12\("   ")
                slow                virtualbox   Timeout                                                  \(" ")
                worker1    -        virtualbox   Stopped                                       Unknown    \(" ")

                """)
        try expectGolden(try ls(), "ls")
    }

    @Test func `a suspended machine is Saved, without an address and without an error`() throws {
        let suspended = MachineListing(
            name: "n1", driverName: "libvirt", state: "Saved", url: "", dockerVersion: nil, error: "Host is not running",
            dockerHost: "tcp://192.168.99.100:2376")
        #expect(
            try ListingFormat("").render([suspended]) == """
                NAME   ACTIVE   DRIVER    STATE   URL   SWARM   DOCKER    ERRORS
                n1     -        libvirt   Saved                 Unknown  \(" ")

                """)
    }

    @Test func `no machines leave the headers`() throws {
        #expect(
            try ListingFormat("").render([]) == "NAME   ACTIVE   DRIVER   STATE   URL   SWARM   DOCKER   ERRORS\n")
        #expect(try ListingFormat("{{.Name}}").render([]) == "")
        #expect(try ListingFormat("json").render([]) == "[]\n")
    }

    @Test(arguments: [
        ("{{.Name}}", "bad\nmanager1\nslow\nworker1\n"),
        (#"{{.Name}}\t{{.State}}"#, "bad\tError\nmanager1\tRunning\nslow\tTimeout\nworker1\tStopped\n"),
        (
            #"table {{.Name}}\t{{.State}}"#,
            "NAME       STATE\nbad        Error\nmanager1   Running\nslow       Timeout\nworker1    Stopped\n"
        ),
        (" {{.ActiveHost}} ", "false\ntrue\nfalse\nfalse\n"), ("{{.ResponseTime}}", "0s\n12ms\n10s\n0s\n"),
        ("{{.Name}}{{.Swarm}}{{.ActiveSwarm}}", "badfalse\nmanager1false\nslowfalse\nworker1false\n"),
        (#"{{range .EngineOptions.Labels}}{{.}}\n{{end}}"#, "\na=b\n\n\n\n"),
        ("{{json .Name}}", "\"bad\"\n\"manager1\"\n\"slow\"\n\"worker1\"\n"),
    ])
    func `formats`(format: String, text: String) throws {
        #expect(try ls(format) == text)
    }

    @Test func `every field has its header`() throws {
        let fields = [
            "Name": "NAME", "Active": "ACTIVE", "ActiveHost": "ACTIVE_HOST", "ActiveSwarm": "ACTIVE_SWARM",
            "DriverName": "DRIVER",
            "State": "STATE", "URL": "URL", "Swarm": "SWARM", "SwarmOptions": "SWARM_OPTIONS", "EngineOptions": "ENGINE_OPTIONS",
            "Error": "ERRORS", "DockerVersion": "DOCKER", "ResponseTime": "RESPONSE",
        ]
        for (field, header) in fields {
            #expect(try ListingFormat("table {{.\(field)}}").render([]) == "\(header)\n")
            #expect(throws: Never.self) { try ListingFormat("{{.\(field)}}").render(machines) }
        }
    }

    @Test func `JSON for all machines is an array that reads back`() throws {
        let text = try ls("json")
        try expectGolden(text, "ls-json")
        guard case .array(let rows) = try Value(json: text) else {
            Issue.record("no array")
            return
        }
        #expect(rows.map { $0["Name"] } == ["bad", "manager1", "slow", "worker1"])
        #expect(try ls("{{json .}}").split(separator: "\n").count == 4)
    }

    @Test func `a template that makes no sense`() {
        #expect { try ls("{{.Name") } throws: { "\($0)" == "template: :1: unclosed action" }
        #expect {
            try ls("{{.Bogus}}")
        } throws: {
            "\($0)" == #"template: :1:2: executing "" at <.Bogus>: can't evaluate field Bogus in type commands.HostListItem"#
        }
    }

    @Test func `names are sorted as people count, whatever their case`() {
        let names = ["node10", "Node2", "node1", "alpha", "B", "10", "9", "node1a", "node01", "node"]
        #expect(
            names.sorted(by: NaturalOrder.precedes) == [
                "9", "10", "alpha", "B", "node", "node1", "node1a", "node01", "Node2", "node10",
            ])
    }

    @Test func `active means running and pointed at`() {
        func active(_ state: String, _ url: String, _ host: String?) -> String {
            MachineListing(name: "n", driverName: "d", state: state, url: url, dockerVersion: nil, dockerHost: host).active
        }
        #expect(active("Running", "tcp://a:2376", "tcp://a:2376") == "*")
        #expect(active("Running", "tcp://a:2376", "tcp://a:2376/") == "-")
        #expect(active("Stopped", "tcp://a:2376", "tcp://a:2376") == "-")
        #expect(active("Running", "", "") == "-")
    }

    @Test func `durations`() {
        #expect(
            [0, 1, 999, 1000, 1500, 1012, 60_000, 100_000, 3_600_000].map { GoDuration.text(.milliseconds($0)) }
                == ["0s", "1ms", "999ms", "1s", "1.5s", "1.012s", "1m0s", "1m40s", "1h0m0s"])
    }
}

@Suite struct ListingFilterTests {
    func passes(_ filters: [String], state: String = "Running") throws -> Bool {
        try ListingFilter(filters).matches(
            name: "node-10", driverName: "virtualbox", labels: ["env=Prod", "bare", "x=a=b"], state: { state })
    }

    @Test(arguments: [
        ([], true), (["driver=VirtualBox"], true), (["driver=kvm"], false), (["driver=kvm", "driver=virtualbox"], true),
        (["DRIVER=virtualbox"], true),
        (["state=running"], true), (["state=Stopped"], false), (["state=stopped", "state=RUNNING"], true), (["name=node"], true),
        (["name=^10"], false),
        (["name=e-1\\d$"], true), (["name="], true), (["label=env=prod"], true), (["label=env=test"], false),
        (["label=env"], true), (["label=nope"], false),
        (["label=bare"], true), (["label=bare="], true), (["label=x=a=b"], true), (["swarm="], true), (["swarm=m"], false),
        (["driver=virtualbox", "state=stopped"], false), (["name=node", "label=env=prod", "driver=virtualbox"], true),
    ])
    func `which machines are left`(filters: [String], left: Bool) throws {
        #expect(try passes(filters) == left)
    }

    @Test func `the state is asked for only if a filter needs it`() throws {
        var asked = 0
        let ask = { () -> String in
            asked += 1
            return "Running"
        }
        _ = try ListingFilter(["name=x", "state=running"]).matches(name: "n", driverName: "d", labels: [], state: ask)
        _ = try ListingFilter(["name=n"]).matches(name: "n", driverName: "d", labels: [], state: ask)
        #expect(asked == 0)
        _ = try ListingFilter(["state=running"]).matches(name: "n", driverName: "d", labels: [], state: ask)
        #expect(asked == 1)
    }

    @Test(arguments: [
        ("name", "Unsupported filter syntax"), ("", "Unsupported filter syntax"), ("foo=1", "Unsupported filter key 'foo'"),
        ("FOO=1", "Unsupported filter key 'foo'"),
    ])
    func `filters that make no sense`(filter: String, text: String) {
        #expect { try ListingFilter([filter]) } throws: { "\($0)" == text }
    }

    @Test func `a pattern that is none is refused before any machine is looked at`() {
        #expect { try ListingFilter(["name=("]) } throws: {
            "\($0)".hasPrefix("error parsing regexp: `(`: ") && !"\($0)".contains("\n")
        }
    }
}
