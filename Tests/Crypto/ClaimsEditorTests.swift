import Foundation
import Testing

@testable import SignetCrypto

/// Changing the claims of a session, which are kept as the caller wrote them.
@Suite("Claims editor")
struct ClaimsEditorTests {
    private let editor = ClaimsEditor()

    /// The claims after the changes, or nil when they can't be read.
    private func edited(_ claims: String, _ changes: [(StaticString, String)]) -> String? {
        var values: [UInt8] = []
        let list = changes.map { name, json in
            let start = values.count
            values += Array(json.utf8)
            return ClaimsEditor.Change(name, start..<values.count)
        }
        var output: [UInt8] = []
        guard editor.append(Array(claims.utf8), with: list, values, to: &output) else { return nil }
        return String(decoding: output, as: UTF8.self)
    }

    @Test("puts a value where the old one was, and leaves every other byte")
    func inPlace() {
        let claims = #""sub":"a" , "ip" : "1.1.1.1","n":1.50,"useragent":null,"o":{"ip":"x"}"#
        #expect(
            edited(claims, [("ip", #""::1""#), ("useragent", #""é""#)])
                == #""sub":"a" , "ip" : "::1","n":1.50,"useragent":"é","o":{"ip":"x"}"#)
        // In the order of the claims, not of the changes.
        #expect(
            edited(claims, [("useragent", "7"), ("ip", "8")])
                == #""sub":"a" , "ip" : 8,"n":1.50,"useragent":7,"o":{"ip":"x"}"#)
    }

    @Test("adds what is not there at the end")
    func atTheEnd() {
        #expect(edited("", [("ip", "1")]) == #""ip":1"#)
        #expect(
            edited(#""a":1"#, [("ip", "2"), ("useragent", "3")])
                == #""a":1,"ip":2,"useragent":3"#)
        #expect(
            edited(#""useragent":0,"a":1"#, [("ip", "2"), ("useragent", "3")])
                == #""useragent":3,"a":1,"ip":2"#)
    }

    @Test("knows a name that is written with escapes")
    func escapedName() {
        #expect(edited(#""i\u0070":1,"a":2"#, [("ip", "3")]) == #""i\u0070":3,"a":2"#)
    }

    @Test("refuses what is not the members of an object, and goes on with the next")
    func unreadable() {
        for claims in [#""a""#, #""a":1}"#, #""a":1,"a":2"#, ","] {
            #expect(edited(claims, [("ip", "1")]) == nil, "\(claims)")
        }
        #expect(edited(#""a":1"#, []) == #""a":1"#)
    }
}
