import Testing

@testable import Libvirt

@Suite("XML text")
struct XMLTextTests {
    @Test(
        "Markup, quotes and line ends are escaped, the rest stays",
        arguments: [
            ("plain-name_1.2", "plain-name_1.2"),
            ("a<b>&\"'", "a&lt;b&gt;&amp;&quot;&apos;"),
            ("&amp;", "&amp;amp;"),
            ("one\ttwo\nthree\r", "one&#9;two&#10;three&#13;"),
            ("nœud-é-漢字-🐳", "nœud-é-漢字-🐳"),
            ("nul\0bell\u{7}", "nul\u{FFFD}bell\u{FFFD}"),
        ])
    func escape(text: String, escaped: String) {
        #expect(XMLText.escape(text) == escaped)
    }

    @Test("Unescaping gives back what was escaped", arguments: ["", "&", "&amp;&lt;", "a<b>&\"'\t\n\r", "; & ;", "🐳&#1;"])
    func roundTrip(text: String) {
        #expect(XMLText.unescape(XMLText.escape(text)) == text)
    }

    @Test("What is no entity stays as it is")
    func notAnEntity() {
        #expect(XMLText.unescape("a & b &nonesuch; &#x41;&#66; &") == "a & b &nonesuch; AB &")
    }

    @Test("An element's text is found by its path, and only there")
    func elementText() {
        let xml = """
            <pool><name>p</name><names/><source><path>/s</path></source>\
            <target x='1'><path>/t &amp; u</path></target></pool>
            """
        #expect(XMLText.text(at: "target", "path", in: xml) == "/t & u")
        #expect(XMLText.text(at: "name", in: xml) == "p")
        #expect(XMLText.text(at: "target", "name", in: xml) == nil)
        #expect(XMLText.text(at: "format", in: xml) == nil)
        #expect(XMLText.text(at: "name", in: "<name>half") == nil)
    }
}
