import Foundation
import TestSupport
import Testing

@testable import SignetHandlers

/// Forms in parts (RFC 7578), in pieces of any size.
@Suite("The multipart reader")
struct MultipartReaderTests {
    struct Part: Equatable {
        var name: String
        var isFile = false
        var content: [UInt8] = []
        var isEnded = false

        init(_ name: String, _ content: String = "", isFile: Bool = false, isEnded: Bool = true) {
            self.name = name
            self.content = Array(content.utf8)
            self.isFile = isFile
            self.isEnded = isEnded
        }
    }

    private struct Collector: MultipartSink {
        var parts: [Part] = []

        mutating func beginPart(_ name: [UInt8], isFile: Bool) {
            parts.append(
                Part(String(decoding: name, as: UTF8.self), isFile: isFile, isEnded: false))
        }

        mutating func receive(_ bytes: UnsafeRawBufferPointer) {
            parts[parts.count - 1].content += Array(bytes)
        }

        mutating func endPart() { parts[parts.count - 1].isEnded = true }
    }

    /// What a form says that comes in pieces which end at `cuts`; nil when it is refused.
    private func read(_ body: [UInt8], boundary: String, cuts: [Int] = []) -> [Part]? {
        guard var reader = MultipartReader(boundary: Array(boundary.utf8)) else { return nil }
        var collector = Collector()
        do throws(FormRefusal) {
            var start = 0
            for end in cuts + [body.count] {
                // A copy of its own, so that nothing is read beyond it.
                let piece = Array(body[start..<end])
                try piece.span.withUnsafeBufferPointer { bytes throws(FormRefusal) in
                    try reader.read(UnsafeRawBufferPointer(bytes), into: &collector)
                }
                start = end
            }
            try reader.finish()
        } catch {
            return nil
        }
        return collector.parts
    }

    private func lines(_ text: String) -> [UInt8] {
        text.utf8.flatMap { $0 == UInt8(ascii: "\n") ? [UInt8(ascii: "\r"), $0] : [$0] }
    }

    @Test("reads the same parts wherever the form is cut")
    func splitting() {
        let body = lines(
            """
            preamble
            --X Y
            Content-Disposition: form-data; name="login"

            john\u{E9}
            --X\u{20}
            ---X Y
            --X Y\u{20}\t
            content-type: text/plain; charset=utf-8
            CONTENT-disposition: Form-Data; filename="a;b=\\"c\\".txt"; name=token

            \r--X Y\r\r

            --X Y
            Content-Disposition:form-data;name="";x="y"
            Content-Transfer-Encoding: 8BIT


            --X Y--
            epilogue
            --X Y
            """)
        let parts = [
            Part("login", "john\u{E9}\r\n--X \r\n---X Y"),
            Part("token", "\r--X Y\r\r\r\n", isFile: true), Part("", ""),
        ]
        #expect(read(body, boundary: "X Y") == parts)
        for cut in body.indices {
            #expect(read(body, boundary: "X Y", cuts: [cut]) == parts, "cut at \(cut)")
            #expect(read(body, boundary: "X Y", cuts: Array(cut..<body.count)) == parts)
        }
        #expect(read(body, boundary: "X Y", cuts: Array(body.indices)) == parts)
    }

    @Test(
        "refuses what is no form in parts",
        arguments: [
            "", "--b", "--b\n", "--b-", "--b\nContent-Disposition: form-data; name=a\n\nv",
            "--b\nContent-Disposition: form-data; name=a\n\nv\n--b\n",
            "--bb\nContent-Disposition: form-data; name=a\n\nv\n--bb--",
            "--b\n\nv\n--b--", "--b\nContent-Type: text/plain\n\nv\n--b--",
            "--b\nContent-Disposition: attachment; name=a\n\nv\n--b--",
            "--b\nContent-Disposition: form-data\n\nv\n--b--",
            "--b\nContent-Disposition: form-data; filename=a\n\nv\n--b--",
            "--b\nContent-Disposition: form-data; name=\"a\n\nv\n--b--",
            "--b\nContent-Disposition: form-data; name=\"a\"x\n\nv\n--b--",
            "--b\nContent-Disposition: form-data; name=a; name=b\n\nv\n--b--",
            "--b\nContent-Disposition: form-data; name\n\nv\n--b--",
            "--b\nContent-Disposition: form-data; name=a\nContent-Disposition: form-data; name=a\n\nv\n--b--",
            "--b\nContent-Disposition: form-data; name=a\nContent-Transfer-Encoding: base64\n\nv\n--b--",
            "--b\nContent-Disposition form-data; name=a\n\nv\n--b--", "--bx\n", "--b \nx",
        ])
    func malformed(_ text: String) {
        #expect(read(lines(text), boundary: "b") == nil)
    }

    @Test("takes boundaries of 1 to 70 characters of RFC 2046 and no others")
    func boundaries() {
        func form(_ boundary: String) -> [UInt8] {
            lines(
                "--\(boundary)\nContent-Disposition: form-data; name=a\n\nv\n--\(boundary)--\n")
        }
        for good in ["b", String(repeating: "b", count: 70), "'()+_,-./:=? x"] {
            #expect(read(form(good), boundary: good) == [Part("a", "v")])
        }
        for bad in ["", String(repeating: "b", count: 71), "b ", "b\u{E9}", "b\n"] {
            #expect(read(form(bad), boundary: bad) == nil)
        }
    }

    @Test("has limits for parts and for the head of each")
    func limits() {
        let part = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n"
        func form(_ count: Int) -> [UInt8] {
            Array((String(repeating: part, count: count) + "--b--").utf8)
        }
        #expect(read(form(MultipartReader.partsMax), boundary: "b")?.count == 64)
        #expect(read(form(MultipartReader.partsMax + 1), boundary: "b") == nil)
        func padded(_ count: Int) -> [UInt8] {
            let head = "Content-Disposition: form-data; name=a\r\nX: "
            let rest = count - head.utf8.count - 4
            return Array(
                ("--b\r\n" + head + String(repeating: "x", count: rest) + "\r\n\r\nv\r\n--b--")
                    .utf8)
        }
        #expect(read(padded(4096), boundary: "b") == [Part("a", "v")])
        #expect(read(padded(4097), boundary: "b") == nil)
    }

    @Test("never traps on what nobody sends, and is the same however it is cut")
    func fuzz() {
        let pieces = [
            "--b", "\r\n", "\r", "\n", "--", "-", "Content-Disposition: form-data; name=", "a",
            "\"", ";", "\\", "filename=x", "\r\n--b\r\n", "\r\n--b--", " ", "Content-Disposition:",
            "\r\n\r\n", "form-data", "=", "\t",
        ]
        var random = SystemRandomNumberGenerator()
        var readable = 0
        for _ in 0..<20_000 {
            var text =
                Bool.random(using: &random)
                ? "" : "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n"
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                text += pieces.randomElement(using: &random) ?? ""
            }
            let body = Array(text.utf8)
            let whole = read(body, boundary: "b")
            if whole != nil { readable += 1 }
            #expect(read(body, boundary: "b", cuts: Array(body.indices)) == whole, "\(text)")
        }
        #expect(readable > 100)
    }

    @Test("reads what urllib3 and Python's email package write")
    func python() throws {
        let script = #"""
            import base64, email.mime.multipart, email.mime.text, json, random, sys, urllib3
            random.seed(7)
            alphabet = "ab\r\n-\"\\;= éß\U0001F511\t\0"
            def text(n): return "".join(random.choice(alphabet) for _ in range(random.randrange(n)))
            for number in range(300):
                fields = []
                for index in range(random.randrange(1, 6)):
                    # urllib3 writes these three in names as browsers do, percent-encoded.
                    name = text(12).translate({ord(c): None for c in '\r\n"\\\0'})
                    content = text(200)
                    name += str(index)
                    fields.append((name, content, random.random() < 0.3))
                body, kind = urllib3.encode_multipart_formdata([
                    (n, ("f;\u00e9 name.txt", c, "text/plain")) if f else (n, c) for n, c, f in fields])
                print(json.dumps({"type": kind, "body": base64.b64encode(body).decode(),
                    "fields": [[n, c, f] for n, c, f in fields]}))
            for number in range(50):
                fields, form = [], email.mime.multipart.MIMEMultipart("form-data")
                for index in range(random.randrange(1, 5)):
                    part = email.mime.text.MIMEText("value %d %s" % (index, "x" * index), "plain", "us-ascii")
                    del part["MIME-Version"]
                    part.add_header("Content-Disposition", "form-data", name="field %d" % index)
                    form.attach(part)
                    fields.append(["field %d" % index, part.get_payload(), False])
                data = form.as_bytes(policy=form.policy.clone(linesep="\r\n", max_line_length=None))
                head, body = data.split(b"\r\n\r\n", 1)
                kind = [l for l in head.decode().replace("\r\n ", " ").split("\r\n") if l.lower().startswith("content-type")][0]
                print(json.dumps({"type": kind.split(":", 1)[1].strip(), "fields": fields,
                    "body": base64.b64encode(body).decode()}))
            """#
        struct Form: Decodable {
            let type: String
            let body: Data
            let fields: [[Value]]
        }
        enum Value: Decodable {
            case text(String)
            case flag(Bool)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let flag = try? container.decode(Bool.self) {
                    self = .flag(flag)
                } else {
                    self = .text(try container.decode(String.self))
                }
            }
        }
        let lines = try Python.run(script).split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 350)
        var random = SystemRandomNumberGenerator()
        for line in lines {
            let form = try JSONDecoder().decode(Form.self, from: Data(line))
            let expected = form.fields.map { field -> Part in
                guard case .text(let name) = field[0], case .text(let content) = field[1],
                    case .flag(let isFile) = field[2]
                else { return Part("?") }
                return Part(name, content, isFile: isFile)
            }
            let type = Array(form.type.utf8)
            let boundary = try #require(
                type.withUnsafeBytes { MediaType($0).parameter("boundary") })
            let body = Array(form.body)
            let cuts = (0..<5).map { _ in Int.random(in: 0...body.count, using: &random) }.sorted()
            let text = String(decoding: boundary, as: UTF8.self)
            #expect(read(body, boundary: text, cuts: cuts) == expected)
        }
    }

    @Test(
        "finds the boundary in the media type, quoted or not",
        arguments: [
            ("multipart/form-data; boundary=b", "b"), ("multipart/form-data;boundary=\"b\"", "b"),
            ("Multipart/Form-Data ; charset=x; BOUNDARY = \"a;b\" ; z=1", "a;b"),
            ("multipart/form-data; boundary=\"a\\\"\\\\b\\c\"", "a\"\\b\\c"),
            ("multipart/form-data; boundary=----=_Part_1:2(3)", "----=_Part_1:2(3)"),
            ("multipart/form-data", nil), ("multipart/form-data; boundary", nil),
            ("multipart/form-data; boundary=\"b", nil),
            ("multipart/form-data; boundary=a; boundary=b", nil),
        ])
    func mediaType(_ text: String, _ boundary: String?) {
        let found = Array(text.utf8).withUnsafeBytes { bytes in
            let type = MediaType(bytes)
            #expect(type.isMultipartForm)
            return type.parameter("boundary")
        }
        #expect(found.map { String(decoding: $0, as: UTF8.self) } == boundary)
    }
}
