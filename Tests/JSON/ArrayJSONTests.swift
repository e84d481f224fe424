import Foundation
import SignetJSON
import TestSupport
import Testing

@Suite("Writing JSON into bytes")
struct ArrayJSONTests {
    @Test("writes literals as they are")
    func literals() {
        var bytes: [UInt8] = []
        bytes.append(literal: #"{"é":"#)
        bytes.append(literal: "")
        bytes.append(literal: "null}")
        #expect(bytes == [UInt8](#"{"é":null}"#.utf8))
    }

    @Test(
        "writes integers in decimal",
        arguments: [0, 1, 9, 10, 99, 100, 1_700_000_000, -1, -10, .max, .min] as [Int64])
    func decimals(number: Int64) {
        var bytes = [UInt8]("x".utf8)
        bytes.append(decimal: number)
        #expect(bytes == [UInt8]("x\(number)".utf8))
    }

    @Test(
        "escapes what must be and nothing else (RFC 8259 section 7)",
        arguments: [
            ("", #""""#), ("abc", #""abc""#), ("\"\\/", #""\"\\/""#),
            ("\u{8}\u{9}\u{a}\u{c}\u{d}", #""\b\t\n\f\r""#),
            ("\0\u{1f}\u{b}\u{7f}", "\"\\u0000\\u001F\\u000B\u{7f}\""),
            ("é€😀\u{2028}", "\"é€😀\u{2028}\""),
        ])
    func escapes(text: String, written: String) {
        var bytes: [UInt8] = []
        bytes.append(jsonString: text)
        #expect(String(decoding: bytes, as: UTF8.self) == written)
        var same: [UInt8] = []
        same.append(jsonString: [UInt8](text.utf8))
        #expect(same == bytes)
    }

    @Test("writes strings that Python's json reads back as they were")
    func readBack() throws {
        var texts: [String] = []
        for scalar in (UInt32(0)..<0x300).compactMap(Unicode.Scalar.init) {
            // At every place of the words of eight bytes that the writer looks at.
            for place in 0..<10 {
                let before = String(repeating: "a", count: place)
                texts.append("\(before)\(Character(scalar))bc")
            }
        }
        var bytes = [UInt8]("[".utf8)
        for (index, text) in texts.enumerated() {
            if index > 0 { bytes.append(literal: ",") }
            bytes.append(jsonString: text)
        }
        bytes.append(literal: "]")
        let script = """
            import json, sys
            texts = json.loads(sys.stdin.buffer.read().decode("utf-8"))
            print("\\n".join(text.encode("utf-8").hex() for text in texts))
            """
        let output = try Python.run(script, input: Data(bytes))
        let expected = texts.map { text in
            text.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        let read = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(read == expected)
    }
}
