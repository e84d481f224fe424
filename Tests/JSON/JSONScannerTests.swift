import Testing

@testable import SignetJSON

@Suite("JSONScanner, by the rules of RFC 8259")
struct JSONScannerTests {
    @Test(
        "accepts every kind of value at the top (section 3)",
        arguments: [
            ("{}", JSONValue.Kind.object), ("[]", .array), ("\"\"", .string), ("0", .number),
            ("true", .true), ("false", .false), ("null", .null),
        ])
    func kinds(text: String, kind: JSONValue.Kind) {
        #expect(Scan(text).kind == kind)
        #expect(Scan(" \t\r\n\(text)\n\r\t ").kind == kind)
    }

    @Test("calls a document without a token empty", arguments: ["", " ", "\n\t\r \n"])
    func empty(text: String) {
        #expect(Scan(text).reason == .empty)
    }

    @Test("accepts only the four whitespace bytes (section 2)")
    func whitespace() {
        for byte in UInt8.min...UInt8.max where ![0x20, 0x09, 0x0A, 0x0D].contains(byte) {
            #expect(Scan([0x5B, byte, 0x5D]).kind == nil || (0x30...0x39).contains(byte))
        }
        #expect(Scan("[ \t\n\r1 \t\n\r, \t\n\r2 ]").kind == .array)
    }

    @Test(
        "refuses words in other letters",
        arguments: ["True", "TRUE", "nul", "nulll", "tru", "fals"])
    func words(text: String) {
        #expect(Scan(text).kind == nil)
        #expect(Scan("[\(text)]").reason == .malformed)
    }

    @Test(
        "accepts the numbers of section 6",
        arguments: ["0", "-0", "10", "-1.5", "0.0", "1e5", "1E+5", "1e-05", "12.25E9", "1e400"])
    func numbers(text: String) {
        #expect(Scan(text).kind == .number)
        let array = Scan("[\(text),1]")
        #expect(array.elements.first.map { array.text($0.range) } == text)
    }

    @Test(
        "refuses other numbers",
        arguments: [
            "01", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "-01", "0x10", "NaN", "Infinity",
            "-Infinity", "1_000", "--1", "1e5.5", "٣",
        ])
    func wrongNumbers(text: String) {
        #expect(Scan("[\(text)]").reason == .malformed)
        #expect(Scan(text).kind == nil)
    }

    @Test(
        "refuses broken arrays and objects (sections 4 and 5)",
        arguments: [
            "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1,,2]", "{", "}", "{\"a\"", "{\"a\":",
            "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{a:1}", "{1:1}", "{'a':1}",
            "[}", "{]", "{\"a\":1]", "[1}", "{\"a\"::1}", "{\"a\":}", "//", "[1/**/]", ":", ",",
        ])
    func structure(text: String) {
        #expect(Scan(text).reason == .malformed)
    }

    @Test(
        "refuses what follows the value",
        arguments: ["1 2", "{}{}", "[]]", "\"a\"b", "null,", "{}\0"])
    func trailing(text: String) {
        #expect(Scan(text).reason == .trailingData)
    }

    @Test("refuses every unescaped control character in a string, and no other ASCII (section 7)")
    func controls() {
        for byte in UInt8(0)..<0x80 where byte != 0x22 && byte != 0x5C {
            // At every place within the words of eight bytes that the scanner looks at, and after.
            for place in 0..<20 {
                var content = [UInt8](repeating: 0x61, count: 20)
                content[place] = byte
                let scan = Scan([0x22] + content + [0x22])
                if byte < 0x20 {
                    #expect(scan.error == JSONError(.malformed, at: 1 + place))
                } else {
                    #expect(scan.kind == .string)
                }
            }
        }
    }

    @Test("finds what is not plain in every place of a long string", arguments: [64, 100, 131])
    func longString(length: Int) throws {
        // From the fifth word on it goes by blocks of 32 bytes.
        for place in 0..<length {
            let before = String(repeating: "a", count: place)
            let after = String(repeating: "z", count: length - place)
            for special in ["\u{E9}", "\u{1F600}", "\u{7F}"] {
                #expect(
                    try Scan("\"\(before)\(special)\(after)\"").string() == before + special + after
                )
            }
            #expect(try Scan("\"\(before)\\n\(after)\"").string() == "\(before)\n\(after)")
            let control = Scan("\"\(before)\u{1F}\(after)\"")
            #expect(control.error == JSONError(.malformed, at: 1 + place))
            #expect(Scan("\"\(before)\"\(after)").reason == .trailingData)
        }
    }

    @Test("reads the digits of numbers of every length", arguments: 1...40)
    func digits(count: Int) throws {
        let digits = String(repeating: "9", count: count)
        #expect(try Scan(digits).integer() == Int64(digits))
        #expect(try Scan("-\(digits)").integer() == Int64("-\(digits)"))
        for byte in ["/", ":", "a", "\u{80}", "+"] {
            #expect(Scan("[\(digits)\(byte)]").error == JSONError(.malformed, at: 1 + count))
        }
        #expect(Scan("\(digits).\(digits)e\(digits)").kind == .number)
    }

    @Test("refuses escapes that section 7 does not name")
    func wrongEscapes() {
        for byte in UInt8.min...UInt8.max where !"\"\\/bfnrt".utf8.contains(byte) {
            #expect(Scan([0x22, 0x5C, byte, 0x22]).error == JSONError(.malformed, at: 1))
        }
        for text in [#""\u""#, #""\u12""#, #""\u123g""#, #""\u 123""#, #""\u+123""#, #""\U0041""#] {
            #expect(Scan(text).error == JSONError(.malformed, at: 1))
        }
    }

    @Test(
        "refuses half a surrogate pair (RFC 7493 section 2.1)",
        arguments: [
            #""\ud800""#, #""\udc00""#, #""\ud800\ud800""#, #""\udc00\ud800""#, #""\ud800x\udc00""#,
            #""\ud800\n""#, #""\udbff\u0041""#, #""\ud83d\ude0""#,
        ])
    func loneSurrogates(text: String) {
        #expect(Scan(text).error == JSONError(.malformed, at: 1))
    }

    @Test(
        "refuses bytes that are not UTF-8 (section 8.1, RFC 3629)",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        for padding in 0..<10 {
            let text = [0x22] + [UInt8](repeating: 0x61, count: padding) + bytes
            #expect(Scan(text + [0x22]).error == JSONError(.invalidUTF8, at: 1 + padding))
            #expect(Scan(text).error == JSONError(.invalidUTF8, at: 1 + padding))
        }
    }

    @Test("accepts the UTF-8 of every Unicode scalar, and agrees with the standard library")
    func everyScalar() throws {
        for first in stride(from: UInt32(0x80), to: 0x110000, by: 0x80) {
            var text = ""
            text.unicodeScalars.append(
                contentsOf: (first..<first + 0x80).lazy.compactMap(Unicode.Scalar.init))
            #expect(try Scan("\"\(text)\"").string() == text)
        }
    }

    @Test("refuses a byte order mark and other encodings (section 8.1)")
    func encodings() {
        #expect(Scan([0xEF, 0xBB, 0xBF, 0x7B, 0x7D]).reason == .malformed)
        #expect(Scan([0x7B, 0x00, 0x7D, 0x00]).reason == .malformed)
        #expect(Scan([0xFF, 0xFE, 0x7B, 0x00]).reason == .malformed)
    }

    @Test(
        "refuses a name that occurs twice, at any depth, after unescaping",
        arguments: [
            (#"{"a":1,"a":2}"#, 7), (#"{"a":1,"\u0061":2}"#, 7), (#"{"\u0061":1,"a":2}"#, 12),
            (#"{"x":{"a":1,"b":2,"a":3}}"#, 18), (#"[{"":1,"":2}]"#, 7), (#"{"a":{},"a":{}}"#, 8),
            (#"{"/":1,"\/":2}"#, 7), (#"{"é":1,"\u00e9":2}"#, 8),
            (#"{"😀":1,"\ud83d\ude00":2}"#, 10),
        ])
    func duplicates(text: String, offset: Int) {
        #expect(Scan(text).error == JSONError(.duplicateName, at: offset))
    }

    @Test("refuses a repeated name of any length, among few or many, wherever the document ends")
    func duplicatesOfEveryLength() {
        for length in 0...12 {
            let name = String(repeating: "n", count: length)
            for others in [0, 1, 7, 14, 15, 30] {
                let between = (0..<others).map { #""\#(name)\#($0)":0,"# }.joined()
                for tail in [":2}", ":2 }", ":2}        "] {
                    let text = #"{"\#(name)":1,\#(between)"\#(name)"\#(tail)"#
                    #expect(Scan(text).reason == .duplicateName, "\(text)")
                }
                let last = String(repeating: "n", count: max(0, length - 1)) + "m"
                let text = #"{"\#(name)":1,\#(between)"\#(last)":2}"#
                #expect(Scan(text).reason == nil, "\(text)")
            }
        }
    }

    @Test(
        "accepts names that only look alike",
        arguments: [
            #"{"a":1,"A":2}"#, #"{"a":{"a":{"a":1}}}"#, #"[{"a":1},{"a":2}]"#, #"{"a":1,"a ":2}"#,
            #"{"\\u0061":1,"a":2}"#, "{\"e\u{301}\":1,\"\u{e9}\":2}", #"{"x":{"a":1},"a":2}"#,
        ])
    func similarNames(text: String) {
        #expect(Scan(text).reason == nil)
    }

    @Test("finds a repeated name wherever it is among few and many", arguments: [2, 8, 9, 40])
    func duplicatesEverywhere(count: Int) {
        for first in 0..<count {
            for second in 0..<count {
                let names = (0..<count).map { "name\($0 == second ? first : $0)" }
                let members = names.map { "\"\($0)\":[{\"name0\":0}]" }
                let scan = Scan("{\(members.joined(separator: ","))}")
                #expect(scan.reason == (first == second ? nil : .duplicateName))
            }
        }
    }

    @Test("checks 100,000 names of one object with work in proportion")
    func hostileObject() throws {
        let members = (0..<100_000).map { #""\#($0)":0"# }.joined(separator: ",")
        let bytes = [UInt8]("{\(members)}".utf8)
        var scanner = JSONScanner()
        try bytes.withUnsafeBytes { bytes in _ = try scanner.scan(bytes) }
        #expect(scanner.members.count == 100_000)
        // At most half of the slots are taken, so about half a collision for each name is expected.
        #expect(scanner.nameCollisionCount < 200_000)
        // The last name is an escaped 7.
        #expect(Scan(#"{\#(members),"\u0037":0}"#).reason == .duplicateName)
    }

    @Test("accepts 64 levels and refuses 65")
    func depth() {
        func nested(_ open: String, _ close: String, _ count: Int) -> String {
            String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            #expect(Scan(nested(open, close, 64)).reason == nil)
            let offset = 64 * open.utf8.count
            #expect(Scan(nested(open, close, 65)).error == JSONError(.tooDeep, at: offset))
        }
        #expect(Scan(String(repeating: "[", count: 1_000_000)).reason == .tooDeep)
        #expect(Scan(nested("[", "]", 64) + "[").reason == .trailingData)
        #expect(Scan("[[]]", depthMax: 1).reason == .tooDeep)
        #expect(
            Scan("[" + nested("[", "]", 63) + "," + nested("[", "]", 63) + "]").reason != .tooDeep)
    }

    @Test("keeps members and their bytes as the caller wrote them")
    func members() {
        let scan = Scan(##" { "a" : [1, {"x":2}] , "b\n":"c" ,"d":-1.50 } "##)
        #expect(scan.elements.isEmpty)
        #expect(scan.members.map { scan.text($0.name.range) } == [#""a""#, #""b\n""#, #""d""#])
        #expect(
            scan.members.map { scan.text($0.value.range) } == [#"[1, {"x":2}]"#, #""c""#, "-1.50"])
        #expect(
            scan.members.map { scan.text($0.range) }
                == [#""a" : [1, {"x":2}]"#, #""b\n":"c""#, #""d":-1.50"#])
        #expect(scan.members.map(\.value.kind) == [.array, .string, .number])
        #expect(scan.members.map(\.name.hasEscapes) == [false, true, false])
    }

    @Test("keeps elements, and nothing of a document that was refused")
    func elements() {
        let scan = Scan(#"[1, "a", [2, 3], {"b": [4]}, null]"#)
        #expect(scan.members.isEmpty)
        #expect(
            scan.elements.map { scan.text($0.range) }
                == ["1", #""a""#, "[2, 3]", #"{"b": [4]}"#, "null"])
        #expect(Scan("[1,2,3,}").elements.isEmpty)
        #expect(Scan(#"{"a":1,"b":2,"a":3}"#).members.isEmpty)
    }

    @Test("walks into a value by scanning its range, with offsets into the same bytes")
    func nested() throws {
        let bytes = [UInt8](#"{"outer":{"inner":[true,"x"]}}"#.utf8)
        var scanner = JSONScanner()
        try bytes.withUnsafeBytes { bytes in
            _ = try scanner.scan(bytes)
            let outer = try #require(scanner.members.first?.value)
            #expect(try scanner.scan(outer.range, of: bytes) == outer)
            let inner = try #require(scanner.members.first)
            #expect(inner.name.equals("inner", in: bytes))
            #expect(try scanner.scan(inner.value.range, of: bytes) == inner.value)
            #expect(scanner.members.isEmpty)
            #expect(scanner.elements.map(\.kind) == [.true, .string])
            #expect(scanner.elements[1].equals("x", in: bytes))
        }
    }

    @Test("refuses every beginning of a valid document")
    func prefixes() {
        let text =
            #"{"sub":"tést😀","n":[-1.5e+3,true,false,null,"\u00e9\ud83d\ude00"],"o":{"a":{}}}"#
        let bytes = [UInt8](text.utf8)
        #expect(Scan(bytes).kind == .object)
        for count in 0..<bytes.count {
            #expect(Scan([UInt8](bytes[..<count])).error != nil)
        }
    }

    @Test("works on after a refusal, and after a large document")
    func reuse() throws {
        var scanner = JSONScanner()
        let large = "[\((0..<5000).map(String.init).joined(separator: ","))]"
        for text in ["[[[", #"{"a":1"#, large, #"{"a":1,"b":2}"#, "{}", "[7]"] {
            let bytes = [UInt8](text.utf8)
            let value = bytes.withUnsafeBytes { try? scanner.scan($0) }
            let fresh = Scan(text)
            #expect(value == (try? fresh.result.get()))
            #expect(scanner.members == fresh.members)
            #expect(scanner.elements == fresh.elements)
        }
    }
}
