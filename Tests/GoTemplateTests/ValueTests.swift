import Foundation
import Testing

@testable import GoTemplate

@Suite struct ValueTests {
    @Test func `JSON keeps the order of members for printing and forgets it for comparing`() throws {
        let text = #"{"Name":"n","ConfigVersion":3,"B":{"z":1,"a":[true,null,1.5,-2]}}"#
        let value = try Value(json: text)
        #expect(value.json(order: .given) == text)
        #expect(value.json() == #"{"B":{"a":[true,null,1.5,-2],"z":1},"ConfigVersion":3,"Name":"n"}"#)
        #expect(try Value(json: #"{"a":1,"b":2}"#) == Value(json: #"{"b":2,"a":1}"#))
        #expect(value["B"]?["z"] == .int(1))
    }

    @Test func `several lines are indented with four blanks, empty lists stay on one line`() throws {
        let value: Value = [
            "ConfigVersion": 3, "Driver": ["IP": "<x>", "Ports": [1, 2], "None": [], "Map": .object(Members())], "Nil": nil,
        ]
        #expect(
            value.prettyJSON(order: .given) == """
                {
                    "ConfigVersion": 3,
                    "Driver": {
                        "IP": "\\u003cx\\u003e",
                        "Ports": [
                            1,
                            2
                        ],
                        "None": [],
                        "Map": {}
                    },
                    "Nil": null
                }
                """)
    }

    @Test func `strings survive`() throws {
        let odd = "a\"b\\c\n\r\t\u{08}\u{0C}\u{01}<>&é日\u{2028}😀/"
        #expect(try Value(json: Value.string(odd).json()) == .string(odd))
        #expect(Value.string("\u{08}\u{2028}").json() == #""\u0008\u2028""#)
        #expect(try Value(json: #""\u00e9\ud83d\ude00\/\ud800""#) == .string("é😀/\u{FFFD}"))
    }

    @Test(arguments: [
        ("x", "invalid character 'x' looking for beginning of value"), ("", "unexpected end of JSON input"),
        ("{", "unexpected end of JSON input"),
        ("{x", "invalid character 'x' looking for beginning of object key string"),
        (#"{"a" 1}"#, "invalid character '1' after object key"),
        (#"{"a":1 "b"}"#, "invalid character '\"' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ("1 2", "invalid character '2' after top-level value"), ("01", "invalid character '1' after top-level value"),
        ("trux", "invalid character 'x' in literal true"),
        ("\"a\nb\"", "invalid character '\n' in string literal"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        (#"{"a":1,}"#, "invalid character '}' looking for beginning of object key string"), ("-", "unexpected end of JSON input"),
    ])
    func `what is no JSON is refused in the words of Go`(text: String, message: String) {
        #expect { try Value(json: text) } throws: { "\($0)" == message }
    }

    @Test(arguments: [
        (0.0, "0", "0"), (1.5, "1.5", "1.5"), (-2.25, "-2.25", "-2.25"), (123_456, "123456", "123456"),
        (1_234_567, "1.234567e+06", "1234567"),
        (1e20, "1e+20", "100000000000000000000"), (1e21, "1e+21", "1e+21"), (1e-5, "1e-05", "0.00001"), (1e-7, "1e-07", "1e-07"),
        (0.1, "0.1", "0.1"),
    ])
    func `floating point numbers as Go prints them and writes them`(number: Double, printed: String, json: String) {
        #expect(GoFormat.plain(.double(number)) == printed)
        #expect(Value.double(number).json() == json)
    }

    @Test(arguments: [
        ("/home/u/.docker", #""/home/u/.docker""#), ("a\"b\\c", #""a\"b\\c""#), ("\n\t\u{07}\u{1B}\u{7F}", #""\n\t\a\x1b\x7f""#),
        ("é日😀", #""é日😀""#), ("\u{A0}\u{200B}\u{E000}\u{10FFFF}", #""\u00a0\u200b\ue000\U0010ffff""#), ("", #""""#),
    ])
    func `quoting like Go`(text: String, quoted: String) {
        #expect(goQuote(text) == quoted)
    }

    @Test func `values go through Codable`() throws {
        struct Sample: Codable, Equatable {
            var name: String
            var count: Int
            var on: Bool
            var list: [Double]
            var nothing: String?
        }
        let sample = Sample(name: "n", count: 2, on: true, list: [1.5], nothing: nil)
        let value = try Value(encoding: sample)
        #expect(value == ["name": "n", "count": 2, "on": true, "list": [1.5]])
        #expect(try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(machine)) == machine)
    }

    @Test func `a member set twice keeps its place, and nil removes it`() {
        var members = Members([("b", 1), ("a", 2), ("b", 3)])
        #expect(members.keys == ["b", "a"] && members["b"] == 3 && members.sortedKeys == ["a", "b"])
        members["b"] = nil
        #expect(members.keys == ["a"] && members.count == 1)
    }
}
