import Testing

@testable import Lab

@Suite struct ValidationTests {
    /// What `lab validate` would print, with the file called `x`.
    private func findings(_ text: String) -> [String] {
        TopologyReader.read(text).diagnostics.map { $0.text(file: "x") }
    }

    private func steps(_ text: String) -> String {
        "name: t\nmachines:\n  master: {role: none}\nsteps:\n" + text
    }

    @Test func aMinimalLabIsValid() {
        let (topology, diagnostics) = TopologyReader.read("name: t\nmachines: {a: manager}\n")
        #expect(diagnostics.isEmpty)
        #expect(topology?.machines.map(\.name) == ["a"])
    }

    @Test(arguments: [
        ("", "x:1:1: error: the file is empty; a lab has at least \"name\" and \"machines\""),
        ("- a\n", "x:1:1: error: the lab must be a mapping of keys (name, description, orchestrator, network…), not a list"),
        ("name: T\nmachines: {a: manager}\n", "x:1:7: error: \"T\" cannot be the lab's name: \(Names.labRule)"),
        ("machines: {a: manager}\n", "x:1:1: error: the lab has no \"name\""),
        ("name: t\n", "x:1:1: error: the lab has no machines: give \"machines\", or \"managers\" and \"workers\""),
        (
            "name: t\nmachine:\n  a: manager\nmachines: {a: manager}\n",
            "x:2:1: error: unknown key \"machine\" in the lab; did you mean \"machines\"?"
        ),
        (
            "name: t\nmachines:\n  a: {rle: manager}\n  b: manager\n",
            "x:3:7: error: unknown key \"rle\" in machine \"a\"; did you mean \"role\"?"
        ),
        (
            "name: t\nmachines: {a: manger}\n",
            "x:2:15: error: the role of machine \"a\" must be manager or worker or none, not \"manger\"; did you mean \"manager\"?"
        ),
        (
            "name: t\nmachines: {a: {role: manager, memory: lots}}\n",
            "x:2:39: error: \"memory\" of machine \"a\" must be a size in MB such as 768, or 2G, not \"lots\""
        ),
        (
            "name: t\nmachines: {a: {role: manager, memory: 12}}\n",
            "x:2:39: error: \"memory\" of machine \"a\" must be between 128 and 1048576 MB, not 12"
        ),
        (
            "name: t\nmachines: {a: {role: manager, cpus: two}}\n",
            "x:2:37: error: \"cpus\" of machine \"a\" must be a whole number, not \"two\""
        ),
        ("name: t\nmachines: {\"a b\": manager}\n", "x:2:19: error: \"a b\" cannot be a machine's name: \(Names.machineRule)"),
        (
            "name: t\nmachines: {host: manager}\n",
            "x:2:18: error: no machine can be called \"host\": \"on: host\" means the machine the lab runs on"
        ),
        ("name: t\nmachines:\n  a: manager\n  a: worker\n", "x:4:3: error: duplicate key \"a\": it is already there on line 3"),
        (
            "name: t\nmanagers: {count: 1, names: \"n{n}\"}\nmachines: {n1: worker}\n",
            "x:3:16: error: two machines are called \"n1\""
        ),
        (
            "name: t\nmachines: {a: worker}\n",
            "x:2:15: error: machine \"a\" is a worker, but no machine is a manager whose swarm it could join; make one machine role: manager, or all of them role: none where the steps form the swarm"
        ),
        (
            "name: t\nmanagers: 2\n",
            "x:2:11: warning: 2 managers survive the loss of no more managers than 1 do; an odd number is better"
        ),
        (
            "name: t\nmachines: {a: {role: none, labels: {x: y}}}\n",
            "x:2:28: error: machine \"a\" has role none, so the lab forms no swarm node of it that could have \"labels\"; give it a role, or use engine.labels"
        ),
        (
            "name: t\nmachines: {a: {role: manager, create: steps}}\n",
            "x:2:31: error: machine \"a\" is made by the lab's steps, so \"lab up\" cannot make it a manager; give it role: none"
        ),
        (
            "name: t\nmachines: {a: {role: manager, group: bg}}\ngroups: {big: {cpus: 2}}\n",
            "x:2:38: error: machine \"a\" is in group \"bg\", which \"groups\" does not define; did you mean \"big\"?"
        ),
        (
            "name: t\norchestrator: k8s\nmachines: {a: manager}\n",
            "x:2:15: error: \"orchestrator\" of the lab must be engine or swarmd, not \"k8s\""
        ),
        (
            "name: t\nnetwork: 10.0.0.0\nmachines: {a: manager}\n",
            "x:2:10: error: \"network\" must be a subnet such as 192.168.99.0/24, not \"10.0.0.0\""
        ),
        (
            "name: t\nmachines: [\n",
            "x:3:1: error: the file is not YAML: while parsing a flow node: did not find expected node content"
        ),
        (
            "name: t\nworkers: {count: 2, names: node}\nmanagers: 1\n",
            "x:2:28: error: \"names\" of \"workers\" needs {n} (1, 2, …) or {nn} (01, 02, …), as in node-{nn}"
        ),
    ])
    func topologiesThatMakeNoSense(text: String, expected: String) {
        #expect(findings(text) == [expected])
    }

    @Test(arguments: [
        ("  - {run: ls}\n", "x:5:5: error: step 1 does not say where it runs: on: host, or on: MACHINE"),
        (
            "  - {on: host}\n",
            "x:5:5: error: step 1 does nothing: it needs \"run\", \"fault\", \"wait\", \"checkpoint\", \"rewind\", \"suspend\", \"resume\" or an \"expect\" with \"http\""
        ),
        ("  - {run: ls, on: mastr}\n", "x:5:19: error: step 1: the lab has no machine \"mastr\"; did you mean \"master\"?"),
        ("  - {run: ls, on: host, untill: 5s}\n", "x:5:25: error: unknown key \"untill\" in step 1; did you mean \"until\"?"),
        (
            "  - {run: ls, on: host, until: 5}\n",
            "x:5:32: error: \"until\" of step 1 must be a duration such as 500ms, 10s, 2m or 1m30s, not \"5\""
        ),
        ("  - {run: ls, on: host, until: 0s}\n", "x:5:32: error: \"until\" of step 1 must be more than 0"),
        (
            "  - {run: ls, on: host, expect: {stdout: {pattern: \"a(b\"}}}\n",
            "x:5:52: error: \"pattern\" of \"stdout\" of \"expect\" of step 1 is not a regular expression: a \"(\" is never closed; write \\( for the character (in \"a(b\")"
        ),
        (
            "  - {run: ls, on: host, expect: {exit: bad}}\n",
            "x:5:40: error: \"exit\" of \"expect\" of step 1 must be a status from 0 to 255, nonzero or any, not \"bad\""
        ),
        (
            "  - {run: \"echo ${tokn}\", on: host}\n",
            "x:5:11: error: ${tokn} is not known here; no earlier step captures it (write $${tokn} to leave it to the shell)"
        ),
        (
            "  - {run: \"ping ${machine.mater.ip}\", on: host}\n",
            "x:5:11: error: ${machine.mater.ip}: the lab has no machine \"mater\"; did you mean \"master\"?"
        ),
        ("  - {run: a, wait: 5s, on: host}\n", "x:5:14: error: step 1 has both \"run\" and \"wait\"; make two steps of it"),
        ("  - {wait: 5s, on: host}\n", "x:5:16: error: \"on\" of step 1 goes with \"run\" only"),
        ("  - {fault: {kill: nobody}}\n", "x:5:20: error: step 1: the lab has no machine \"nobody\""),
        (
            "  - {run: a, on: host, capture: {1x: a}}\n",
            "x:5:38: error: \"1x\" cannot be a variable's name: \(Names.variableRule)"
        ),
        (
            "  - {run: a, on: host, capture: {x: {from: stdout}}}\n",
            "x:5:37: error: capture \"x\" of step 1 needs one of pattern, table and whole"
        ),
        (
            "  - {expect: {http: {url: \"ftp://x\"}}}\n",
            "x:5:27: error: \"url\" of \"http\" of \"expect\" of step 1 must be an http or https address, not \"ftp://x\""
        ),
        (
            "  - {run: a, on: host, onFailure: panic}\n",
            "x:5:35: error: \"onFailure\" of step 1 must be stop or continue, not \"panic\""
        ),
        (
            "  - {run: a, on: host, expect: {stdout: {lines: {atLeast: 5, atMost: 2}}}}\n",
            "x:5:49: error: \"lines\" of \"stdout\" of \"expect\" of step 1: nothing is at least 5 and at most 2"
        ),
        (
            "  - {checkpoint: \"a b\"}\n",
            "x:5:18: error: \"a b\" cannot be a checkpoint's name: \(Names.checkpointRule)"
        ),
        (
            "  - {checkpoint: ../x}\n",
            "x:5:18: error: \"../x\" cannot be a checkpoint's name: \(Names.checkpointRule)"
        ),
        (
            "  - {checkpoint: step-3}\n",
            "x:5:18: error: \"step-3\" is what lab run --checkpoint-steps calls a checkpoint before a step; take another name"
        ),
        ("  - {checkpoint: }\n", "x:5:6: error: \"checkpoint\" of step 1 has no value"),
        (
            "  - {checkpoint: good}\n  - {rewind: god}\n",
            "x:6:5: error: step 2 rewinds to checkpoint \"god\", which no earlier step takes; did you mean \"good\"?"
        ),
        ("  - {suspend: false}\n", "x:5:15: error: \"suspend\" of step 1 can only be true"),
        ("  - {suspend: 5s}\n", "x:5:15: error: \"suspend\" of step 1 must be true or false, not \"5s\""),
        ("  - {resume: true}\n", "x:5:5: error: step 1 resumes the lab, which no earlier step suspends"),
        (
            "  - {suspend: true}\n  - {suspend: true}\n",
            "x:6:5: error: step 2 suspends the lab, which step 1 has done already"
        ),
        (
            "  - {suspend: true}\n  - {run: ls, on: master}\n",
            "x:6:5: error: step 2 runs on master while step 1 has the lab suspended; resume it first"
        ),
        (
            "  - {suspend: true}\n  - {checkpoint: a}\n",
            "x:6:5: error: step 2 takes a checkpoint while step 1 has the lab suspended; resume it first"
        ),
        ("  - {wait: 5s, checkpoint: a}\n", "x:5:16: error: step 1 has both \"wait\" and \"checkpoint\"; make two steps of it"),
        ("  - {checkpoint: a, on: host}\n", "x:5:21: error: \"on\" of step 1 goes with \"run\" only"),
        (
            "  - {wait: 1s, timeout: 5s}\n",
            "x:5:16: error: \"timeout\" of step 1 goes with \"run\", \"rewind\" and \"resume\" only"
        ),
    ])
    func stepsThatMakeNoSense(text: String, expected: String) {
        #expect(findings(steps(text)) == [expected])
    }

    @Test func aLabCanBeKeptRewoundAndPutToSleep() throws {
        let text = steps(
            """
              - {checkpoint: a}
              - {suspend: true}
              - {run: ls, on: host}
              - {rewind: a, timeout: 2m}
              - {run: ls, on: master}
              - {suspend: true}
              - {resume: true}
            """)
        #expect(findings(text) == [])
        let steps = try #require(TopologyReader.read(text).topology).steps
        #expect(steps.map(\.name) == ["checkpoint a", "suspend", "ls", "rewind a", "ls", "suspend", "resume"])
        #expect(steps[3].action == .rewind("a"))
        #expect(steps[3].timeout == .seconds(120))
    }

    @Test func everythingWrongIsReportedAtOnceInFileOrder() {
        let lines = findings("name: T_\nmachines:\n  a: {cpus: x}\n  b: {memory: y}\n  c: manager\n").map { $0.prefix(6) }
        #expect(lines == ["x:1:7:", "x:3:13", "x:4:15"])
    }

    @Test func aVariableIsKnownOnlyAfterTheStepThatCapturesIt() {
        let text = steps(
            "  - {run: \"a ${t}\", on: host}\n  - {run: b, on: host, capture: {t: x}}\n  - {run: \"c ${t}\", on: host}\n")
        #expect(findings(text).map { $0.prefix(5) } == ["x:5:1"])
    }

    @Test func randomTextNeverCrashes() {
        var random = SystemRandomNumberGenerator()
        let pieces = [
            "name: t\n", "machines:\n", "  a: manager\n", "steps:\n", "  - run: x\n", "    on: host\n", "    expect:\n",
            "      exit: 1\n", "{", "}",
            "[", "]", ":", "- ", "  ", "\n", "&a ", "*a", "!!int ", "\"", "'", "|\n", ">\n", "? ", "<<: ", "~", "${", "}", "$$",
            "\u{0}", "\u{FEFF}", "é", "💥",
            "%YAML 1.1\n", "---\n", "...\n", "\t", "until: 5s\n", "capture: {a: b}\n", "pattern: \"(\"\n",
            "999999999999999999999", "-1",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 1...40, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
                .joined()
            let (topology, diagnostics) = TopologyReader.read(text)
            #expect(topology != nil || !diagnostics.isEmpty, "neither a lab nor a reason: \(text.debugDescription)")
        }
    }

    @Test func aMutatedLabNeverCrashes() {
        var random = SystemRandomNumberGenerator()
        let bytes = Array(
            steps(
                "  - name: s\n    run: |\n      a ${machine.master.ip}\n    on: host\n    expect: {stdout: {pattern: 'x(y)', lines: {each: 'z'}}, table: {has: [{where: {A: b}, cells: {C: /d/}}]}}\n    capture: {t: {table: {where: {A: b}, column: C}}}\n"
            ).utf8)
        for _ in 0..<3000 {
            var mutated = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<mutated.count, using: &random)
                if Bool.random(using: &random) {
                    mutated[index] = UInt8.random(in: 9...126, using: &random)
                } else {
                    mutated.remove(at: index)
                }
            }
            _ = TopologyReader.read(String(decoding: mutated, as: UTF8.self))
        }
    }

    @Test func deepNestingAndAliasBombsAreRefusedQuickly() {
        #expect(!findings(String(repeating: "[", count: 100_000)).isEmpty)
        #expect(!findings("a: " + String(repeating: "{a: ", count: 50_000)).isEmpty)
        #expect(!findings(String(repeating: "- ", count: 100_000)).isEmpty)
        var bomb = "a0: &a0 [x, x]\n"
        for index in 1...40 { bomb += "a\(index): &a\(index) [*a\(index - 1), *a\(index - 1)]\n" }
        #expect(!findings(bomb + "name: t\nmachines: *a40\n").isEmpty)
    }
}
