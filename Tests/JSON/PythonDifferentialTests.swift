import Foundation
import SignetJSON
import TestSupport
import Testing

/// Thousands of generated and damaged documents, read by us and by Python's json. The seed is
/// printed; `SIGNET_SEED=<seed>` replays it.
@Suite("JSONScanner compared with Python's json")
struct PythonDifferentialTests {
    /// Reads one document in hex a line. Writes `refused`, or a canonical form of it: strings as
    /// hex, numbers as they were written, members in their order.
    private static let script = """
        import json, sys
        sys.setrecursionlimit(10000)
        class Number(str): pass
        class Members(list): pass
        def members(pairs):
            if len({name for name, _ in pairs}) != len(pairs): raise ValueError("duplicate")
            return Members(pairs)
        def constant(word): raise ValueError(word)
        def hex(text): return text.encode("utf-8").hex()
        def form(value, depth):
            if isinstance(value, (list, Members)) and depth == 64: raise ValueError("depth")
            if isinstance(value, Members):
                return "{" + ",".join(
                    hex(name) + ":" + form(item, depth + 1) for name, item in value) + "}"
            if isinstance(value, list):
                return "[" + ",".join(form(item, depth + 1) for item in value) + "]"
            if isinstance(value, Number): return "n" + value
            if isinstance(value, str): return "s" + hex(value)
            return {True: "true", False: "false", None: "null"}[value]
        for line in sys.stdin:
            try:
                text = bytes.fromhex(line).decode("utf-8")
                value = json.loads(text, object_pairs_hook=members, parse_constant=constant,
                    parse_int=Number, parse_float=Number)
                print(form(value, 0))
            except ValueError:
                print("refused")
        """

    @Test("agrees on what is refused, and on every name and value of what is not")
    func agrees() throws {
        let given = ProcessInfo.processInfo.environment["SIGNET_SEED"].flatMap(UInt64.init)
        let seed = given ?? .random(in: 0..<UInt64.max)
        print("SIGNET_SEED=\(seed)")
        var generator = DocumentGenerator(seed: seed)
        let documents = (0..<12_000).map { _ in generator.document() }

        let input = documents.map { $0.hex + "\n" }.joined()
        let output = try Python.run(Self.script, input: Data(input.utf8))
        let expected = String(decoding: output, as: UTF8.self).split(separator: "\n").map(
            String.init)
        try #require(expected.count == documents.count)

        var accepted = 0
        for (document, expected) in zip(documents, expected) {
            let ours = document.canonicalForm ?? "refused"
            #expect(ours == expected, "seed \(seed), document \(document.hex)")
            if ours != "refused" { accepted += 1 }
        }
        // The test would mean little if nearly everything were of one kind.
        #expect(accepted > documents.count / 5 && accepted < documents.count * 4 / 5)
    }
}

extension [UInt8] {
    fileprivate var hex: String {
        map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// The form that the script writes, made by scanning every nested value's range; nil if
    /// refused.
    fileprivate var canonicalForm: String? {
        withUnsafeBytes { bytes in
            var scanner = JSONScanner()
            guard let value = try? scanner.scan(bytes) else { return nil }
            return form(value, bytes)
        }
    }

    private func form(_ value: JSONValue, _ bytes: UnsafeRawBufferPointer) -> String {
        switch value.kind {
        case .string:
            return "s" + value.string(in: bytes).hex
        case .object:
            let members = nested(value, bytes).members.map {
                $0.name.string(in: bytes).hex + ":" + form($0.value, bytes)
            }
            return "{" + members.joined(separator: ",") + "}"
        case .array:
            let elements = nested(value, bytes).elements.map { form($0, bytes) }
            return "[" + elements.joined(separator: ",") + "]"
        case .number:
            return "n" + String(decoding: bytes[value.range], as: UTF8.self)
        case .true, .false, .null:
            return String(decoding: bytes[value.range], as: UTF8.self)
        }
    }

    private func nested(
        _ value: JSONValue, _ bytes: UnsafeRawBufferPointer
    ) -> (members: [JSONMember], elements: [JSONValue]) {
        var scanner = JSONScanner()
        #expect((try? scanner.scan(value.range, of: bytes)) == value)
        return (scanner.members, scanner.elements)
    }
}
