import Testing

@testable import GoTemplate

/// A machine's configuration in miniature.
let machine: Value = [
    "Name": "n1", "DriverName": "virtualbox", "ConfigVersion": 3, "Empty": "", "Nothing": nil,
    "Driver": ["IPAddress": "192.168.99.100", "SSHPort": 22, "Memory": 1_048_576, "Swarm": false, "On": true],
    "HostOptions": [
        "Ratio": 1.5, "Labels": ["a=b", "c=d"], "Ports": [1, 2, 3], "None": [],
        "Map": ["b": 2, "a": 1, "z": nil],
    ],
]

@Suite struct TemplateTests {
    func render(_ template: String) throws -> String {
        try Template(template).render(machine)
    }

    @Test(arguments: [
        ("", ""), ("plain } text {", "plain } text {"), ("{{.Name}}", "n1"), ("<{{.Name}}>", "<n1>"),
        ("{{.Driver.IPAddress}}:{{.Driver.SSHPort}}", "192.168.99.100:22"), ("{{ .DriverName }}", "virtualbox"),
        ("{{$.Name}}", "n1"),
        ("{{.Driver.Memory}}", "1048576"), ("{{.HostOptions.Ratio}}", "1.5"), ("{{.Driver.Swarm}} {{.Driver.On}}", "false true"),
        ("{{.HostOptions.Labels}}", "[a=b c=d]"), ("{{.HostOptions.None}}", "[]"),
        ("{{.HostOptions.Map}}", "map[a:1 b:2 z:<nil>]"),
        ("{{.Missing}}", "<no value>"), ("{{.Nothing}}", "<no value>"), ("{{.Driver.Missing}}", "<no value>"), ("{{.Empty}}", ""),
    ])
    func `fields print as Go prints them`(template: String, text: String) throws {
        #expect(try render(template) == text)
    }

    @Test(arguments: [
        (#"{{"a\tb\"\u00e9"}}"#, "a\tb\"é"), ("{{`raw\\n`}}", "raw\\n"),
        ("{{42}} {{-7}} {{0x10}} {{1.25}} {{'a'}}", "42 -7 16 1.25 97"),
        ("{{true}}", "true"), ("{{1e6}} {{1e21}} {{1e-7}} {{100000.5}}", "1e+06 1e+21 1e-07 100000.5"),
    ])
    func literals(template: String, text: String) throws {
        #expect(try render(template) == text)
    }

    @Test(arguments: [
        ("{{json .Name}}", #""n1""#),
        ("{{.Driver | json}}", #"{"IPAddress":"192.168.99.100","Memory":1048576,"On":true,"SSHPort":22,"Swarm":false}"#),
        ("{{json .Missing}}", "null"), ("{{json .HostOptions.Labels}}", #"["a=b","c=d"]"#),
        (#"{{json "<a>&"}}"#, #""\u003ca\u003e\u0026""#),
        ("{{prettyjson .HostOptions.Map}}", "{\n    \"a\": 1,\n    \"b\": 2,\n    \"z\": null\n}"),
        ("{{prettyjson .HostOptions.None}}", "[]"),
    ])
    func json(template: String, text: String) throws {
        #expect(try render(template) == text)
    }

    @Test(arguments: [
        ("{{if .Name}}y{{else}}n{{end}}", "y"), ("{{if .Empty}}y{{else}}n{{end}}", "n"), ("{{if .Driver.Swarm}}y{{end}}", ""),
        ("{{if .Empty}}a{{else if .Name}}b{{else}}c{{end}}", "b"), ("{{if .Empty}}a{{else if .Missing}}b{{else}}c{{end}}", "c"),
        ("{{with .Driver}}{{.IPAddress}}{{end}}", "192.168.99.100"), ("{{with .Missing}}x{{else}}{{.Name}}{{end}}", "n1"),
        ("{{with $d := .Driver}}{{$d.SSHPort}}{{$.Name}}{{end}}", "22n1"),
        ("{{with .Empty}}a{{else with .Name}}{{.}}{{end}}", "n1"),
        ("{{range .HostOptions.Labels}}[{{.}}]{{end}}", "[a=b][c=d]"),
        ("{{range .HostOptions.None}}x{{else}}none{{end}}", "none"),
        ("{{range $i, $l := .HostOptions.Labels}}{{$i}}={{$l}};{{end}}", "0=a=b;1=c=d;"),
        ("{{range .HostOptions.Map}}{{.}},{{end}}", "1,2,<no value>,"),
        ("{{range $k, $v := .Driver}}{{$k}} {{end}}", "IPAddress Memory On SSHPort Swarm "),
        ("{{range .Missing}}x{{else}}none{{end}}", "none"),
        ("{{range $v := .HostOptions.Ports}}{{$v}}{{end}}", "123"),
        ("{{$x := .Name}}{{$x}}{{$x = \"z\"}}{{$x}}", "n1z"),
        ("{{$x := 1}}{{range .HostOptions.Ports}}{{$x = .}}{{end}}{{$x}}", "3"),
        ("{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"),
    ])
    func `blocks and variables`(template: String, text: String) throws {
        #expect(try render(template) == text)
    }

    @Test(arguments: [
        ("a \n {{- .Name -}} \n b", "an1b"), ("a {{- /* note */ -}} b", "ab"), ("a{{/* note }} */}}b", "ab"), ("{{3 -}} x", "3x"),
        ("x {{-3}}", "x -3"),
        ("{{- .Name}}", "n1"), ("a {{- \" \" -}} b", "a b"),
    ])
    func `trim markers and comments`(template: String, text: String) throws {
        #expect(try render(template) == text)
    }

    @Test(arguments: [
        ("{{len .Name}} {{len .HostOptions.Labels}} {{.Driver | len}}", "2 2 5"), ("{{index .HostOptions.Labels 1}}", "c=d"),
        (#"{{index .Driver "SSHPort"}}"#, "22"), (#"{{index . "Driver" "IPAddress"}}"#, "192.168.99.100"),
        (#"{{index .Driver "x"}}"#, "<no value>"),
        (#"{{(index . "Driver").SSHPort}}"#, "22"), (#"{{if eq .DriverName "kvm" "virtualbox"}}y{{end}}"#, "y"),
        ("{{eq .Driver.SSHPort 22}}", "true"),
        ("{{ne .Name `x`}} {{lt 1 2}} {{gt 1.5 1}} {{le 2 2}} {{ge 1 2}}", "true true true true false"),
        (#"{{lt "a" "b"}}"#, "true"),
        ("{{and .Name .DriverName}} {{or .Empty .Name}} {{not .Empty}}", "virtualbox n1 true"),
        ("{{and .Nothing .Nothing.Deeper}}", "<no value>"),
        ("{{or .Name .Nothing.Deeper}}", "n1"),
        (#"{{printf "%s-%d %v %q" .Name .Driver.SSHPort .HostOptions.Labels .Name}}"#, #"n1-22 [a=b c=d] "n1""#),
        (#"{{.Name | printf "%5s|%-5s|" "a"}}"#, "    a|n1   |"), (#"{{printf "%05d %x %t %%" 42 255 true}}"#, "00042 ff true %"),
        (#"{{printf "%d" "x"}} {{printf "%s"}} {{printf "x" 1}}"#, "%!d(string=x) %!s(MISSING) x%!(EXTRA int=1)"),
        (#"{{printf "%s" .Missing}} {{printf "%v" .Missing}}"#, "%!s(<nil>) <nil>"),
        (#"{{printf "%.2f %6.1f" 3.14159 2.0}}"#, "3.14    2.0"),
        (#"{{join .HostOptions.Labels ", "}}"#, "a=b, c=d"), (#"{{join (split "a,b,c" ",") "-"}}"#, "a-b-c"),
        ("{{upper .Name}} {{lower `ABC`}} {{title `one two`}}", "N1 abc One Two"),
        ("{{.Name | upper | printf `%q`}}", #""N1""#), (#"{{print 1 2 "a" "b" 3}}"#, "1 2a b3".replacing("2a b", with: "2ab")),
        ("{{println `a` 1}}", "a 1\n"),
    ])
    func functions(template: String, text: String) throws {
        #expect(try render(template) == text)
    }

    @Test(arguments: [
        ("{{.Name", "template: :1: unclosed action"), ("{{", "template: :1: unclosed action"),
        ("{{}}", "template: :1: missing value for command"),
        ("a\n{{foo .}}", #"template: :2: function "foo" not defined"#), ("{{if .X}}", "template: :1: unexpected EOF"),
        ("{{end}}", "template: :1: unexpected {{end}}"),
        ("{{else}}", "template: :1: unexpected {{else}}"), ("{{if}}x{{end}}", "template: :1: missing value for if"),
        (#"{{"abc}}"#, "template: :1: unterminated quoted string"),
        ("{{$x}}", #"template: :1: undefined variable "$x""#), ("{{(.X}}", "template: :1: unclosed left paren"),
        ("{{.X)}}", #"template: :1: unexpected ")" in command"#),
        ("{{/* x}}", "template: :1: unclosed comment"), ("{{1.2.3}}", #"template: :1: bad number syntax: "1.2.3""#),
        ("{{.X!}}", #"template: :1: unexpected "!" in command"#),
        ("{{.X | }}", "template: :1: missing value for command"),
        ("{{if .X}}{{else}}{{else}}{{end}}", "template: :1: expected end; found {{else}}"),
        ("{{$a, $b := .X}}", "template: :1: too many declarations in command"),
        ("{{.X | 3}}", "template: :1: non executable command in pipeline stage 2"),
        ("{{if .A}}{{$y := 1}}{{end}}{{$y}}", #"template: :1: undefined variable "$y""#),
        ("{{template `x`}}", "template: :1: {{template}} is not supported here"),
    ])
    func `a text that is no template is refused`(template: String, text: String) {
        #expect { try Template(template) } throws: { "\($0)" == text }
    }

    @Test(arguments: [
        (
            "{{.Missing.Deeper}}",
            #"template: :1:10: executing "" at <.Missing.Deeper>: nil pointer evaluating interface {}.Deeper"#
        ),
        (
            "x\n {{.Name.Deeper}}",
            #"template: :2:8: executing "" at <.Name.Deeper>: can't evaluate field Deeper in type interface {}"#
        ),
        ("{{len .Driver.SSHPort}}", #"template: :1:2: executing "" at <len>: error calling len: len of type int"#),
        (
            "{{index .HostOptions.Labels 9}}",
            #"template: :1:2: executing "" at <index>: error calling index: index out of range: 9"#
        ),
        (#"{{eq .Name 3}}"#, #"template: :1:2: executing "" at <eq>: error calling eq: incompatible types for comparison"#),
        ("{{len}}", #"template: :1:2: executing "" at <len>: wrong number of args for len: want 1 got 0"#),
        ("{{.Name .Name}}", #"template: :1:2: executing "" at <.Name>: can't give argument to non-function .Name"#),
        ("{{range .Name}}{{end}}", #"template: :1:8: executing "" at <.Name>: range can't iterate over n1"#),
    ])
    func `a template that cannot be filled in says where`(template: String, text: String) {
        #expect { try render(template) } throws: { "\($0)" == text }
    }

    @Test func `a field that a struct does not have is an error, one deeper down is not`() throws {
        #expect {
            try Template("{{.Bogus}}").render(machine, type: "commands.HostListItem")
        } throws: {
            "\($0)" == #"template: :1:2: executing "" at <.Bogus>: can't evaluate field Bogus in type commands.HostListItem"#
        }
        #expect(try Template("{{.Name}}{{.Driver.Bogus}}").render(machine, type: "T") == "n1<no value>")
    }
}
