import SignetJSON
import Testing

@Suite("JSONValue")
struct JSONValueTests {
    @Test(
        "unescapes strings (RFC 8259 section 7)",
        arguments: [
            (#""""#, ""), (#""abc""#, "abc"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (#""\u0041\u00e9\u20AC\ud834\uDD1E""#, "Aé€𝄞"), (#""a\u0000b""#, "a\0b"),
            (#""\\u0041""#, #"\u0041"#), (#""\uFFFF\ud7ff\ue000""#, "\u{FFFF}\u{D7FF}\u{E000}"),
            (#""é\né""#, "é\né"),
        ])
    func unescapes(text: String, content: String) throws {
        let scan = Scan(text)
        #expect(try scan.string() == content)
        #expect(try scan.result.get().hasEscapes == text.contains("\\"))
    }

    @Test("compares a string's content, escaped or not")
    func equals() throws {
        #expect(try Scan(#""audience""#).equals("audience"))
        #expect(try Scan(#""\u0061udience""#).equals("audience"))
        #expect(try Scan(#""\u0061\u0061""#).equals("aa"))
        #expect(try !Scan(#""audience""#).equals("audiencf"))
        #expect(try !Scan(#""audience-x""#).equals("audience-y"))
        #expect(try !Scan(#""xaudience""#).equals("yaudience"))
        #expect(try !Scan(#""audienc""#).equals("audience"))
        #expect(try !Scan(#""audience\n""#).equals("audience"))
        #expect(try !Scan(#""\u0061\u0061""#).equals("ab"))
        #expect(try Scan(#""""#).equals(""))
        #expect(try !Scan("1").equals("1"))
        #expect(try !Scan("null").equals("null"))
    }

    @Test(
        "reads integers written as such, and nothing else",
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("-12", -12), ("3600", 3600), ("3600.0", nil),
            ("1e3", nil),
            ("9223372036854775807", .max), ("9223372036854775808", nil),
            ("-9223372036854775808", .min), ("-9223372036854775809", nil),
            ("18446744073709551616", nil), ("100000000000000000000000", nil), ("\"1\"", nil),
            ("true", nil), ("[1]", nil),
        ] as [(String, Int64?)])
    func integers(text: String, value: Int64?) throws {
        #expect(try Scan(text).integer() == value)
    }

    @Test("knows the empty string")
    func emptyString() throws {
        #expect(try Scan(#" "" "#).result.get().isEmptyString)
        #expect(try !Scan(#"" ""#).result.get().isEmptyString)
        #expect(try !Scan("[]").result.get().isEmptyString)
        #expect(try !Scan("{}").result.get().isEmptyString)
    }

    @Test("traps when a number is read as a string")
    func wrongKind() async {
        await #expect(processExitsWith: .failure) { _ = try Scan("1").string() }
    }
}
