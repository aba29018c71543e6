import Testing

@testable import GoFlags

@Suite struct FlagSyntaxTests {
    let set = FlagSet([
        .string("driver, d", default: "libvirt", usage: "Driver"),
        .int("timeout, t", default: 10, usage: "Timeout"),
        .bool("quiet, q", usage: "Quiet"),
        .bool("recursive, r", usage: "Recursive"),
        .strings("opt", usage: "Options"),
    ])

    @Test(arguments: [
        ["-d", "kvm"], ["--d", "kvm"], ["-driver", "kvm"], ["--driver", "kvm"], ["--driver=kvm"], ["-d=kvm"],
    ])
    func `one dash and two, blank and equals sign, long name and alias all mean the same`(words: [String]) throws {
        let parsed = try set.parse(words)
        #expect(parsed.string("driver") == "kvm")
        #expect(parsed.string("d") == "kvm")
        #expect(parsed.isSet("driver") && parsed.isSet("d"))
        #expect(parsed.positionals.isEmpty)
    }

    @Test func `what is not given has its default and is not set`() throws {
        let parsed = try set.parse([])
        #expect(parsed.string("driver") == "libvirt")
        #expect(parsed.int("timeout") == 10)
        #expect(!parsed.bool("quiet") && !parsed.isSet("quiet"))
        #expect(parsed.strings("opt") == [])
    }

    @Test func `a switch takes its value only after an equals sign`() throws {
        #expect(try set.parse(["--quiet=false"]).bool("quiet") == false)
        #expect(try set.parse(["--quiet=T"]).bool("quiet"))
        let parsed = try set.parse(["-q", "false"])
        #expect(parsed.bool("quiet"))
        #expect(parsed.positionals == ["false"])
    }

    @Test func `flags stand before, between and after the names`() throws {
        let parsed = try set.parse(["n1", "-d", "kvm", "n2", "--timeout", "3", "n3", "-q"])
        #expect(parsed.positionals == ["n1", "n2", "n3"])
        #expect(parsed.string("driver") == "kvm" && parsed.int("t") == 3 && parsed.bool("q"))
    }

    @Test func `two dashes end the flags`() throws {
        let parsed = try set.parse(["a", "--", "-q", "--driver"])
        #expect(parsed.positionals == ["a", "-q", "--driver"])
        #expect(!parsed.bool("quiet"))
    }

    @Test func `a lone dash is a word, an empty value is a value, a value may begin with a dash`() throws {
        #expect(try set.parse(["-"]).positionals == ["-"])
        #expect(try set.parse(["--driver="]).string("driver") == "")
        #expect(try set.parse(["--driver=a=b"]).string("driver") == "a=b")
        #expect(try set.parse(["-t", "-1"]).int("timeout") == -1)
        #expect(try set.parse(["-d", "-q"]).string("driver") == "-q")
    }

    @Test func `a repeated flag collects, a plain one keeps the last`() throws {
        let parsed = try set.parse(["--opt", "a=1", "--opt=b=2,3", "-d", "x", "-d", "y"])
        #expect(parsed.strings("opt") == ["a=1", "b=2,3"])
        #expect(parsed.string("driver") == "y")
    }

    @Test(arguments: [
        (["-foo"], "flag provided but not defined: -foo"),
        (["--foo=3"], "flag provided but not defined: -foo"),
        (["-qr"], "flag provided but not defined: -qr"),
        (["n1", "--foo"], "flag provided but not defined: -foo"),
        (["--driver"], "flag needs an argument: -driver"),
        (["-d"], "flag needs an argument: -d"),
        (["--timeout", "x"], #"invalid value "x" for flag -timeout: parse error"#),
        (["-t="], #"invalid value "" for flag -t: parse error"#),
        (["-t", "99999999999999999999"], #"invalid value "99999999999999999999" for flag -t: value out of range"#),
        (["-q=maybe"], #"invalid boolean value "maybe" for -q: parse error"#),
        (["---q"], "bad flag syntax: ---q"),
        (["-=q"], "bad flag syntax: -=q"),
        (["--=q"], "bad flag syntax: --=q"),
    ])
    func `a wrong command line is refused in the words of Go`(words: [String], text: String) {
        #expect { try set.parse(words) } throws: { "\($0)" == text }
    }

    @Test(arguments: [
        ("10", 10), ("0x1F", 31), ("0b101", 5), ("017", 15), ("0o17", 15), ("-5", -5), ("+5", 5), ("1_000", 1000), ("0", 0),
        ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min),
    ])
    func `numbers are read as Go reads them`(text: String, number: Int) throws {
        #expect(try GoLiteral.int(text) == number)
    }

    @Test(arguments: ["", "-", "1.5", "0x", "08", "_1", "1__0", "1_", "ten", "½", "٣", " 1"])
    func `what is no number is refused`(text: String) {
        #expect(throws: GoLiteral.NumberError.syntax) { try GoLiteral.int(text) }
    }

    @Test func `help is understood wherever it is not a flag of the command`() throws {
        #expect(try set.parse(["n1", "-h"]).wantsHelp)
        #expect(try set.parse(["--help"]).wantsHelp)
        #expect(try !set.parse(["--", "--help"]).wantsHelp)
        #expect(try !FlagSet([.bool("h", usage: "")]).parse(["-h"]).wantsHelp)
    }

    @Test func `global flags end at the command`() throws {
        let parsed = try set.parse(["-q", "ls", "-x", "--", "y"], stopAtFirstPositional: true)
        #expect(parsed.bool("quiet"))
        #expect(parsed.positionals == ["ls", "-x", "--", "y"])
    }
}
