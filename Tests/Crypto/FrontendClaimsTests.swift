import Testing

@testable import SignetCrypto

/// frontend.md, "JWT".
@Suite("Claims of accounts and sessions")
struct FrontendClaimsTests {
    private static let id = "0198c0de-0000-7000-8000-00000000002a"

    private func read(_ json: String) -> FrontendClaims? {
        Array(json.utf8).withUnsafeBytes { FrontendClaims($0) }
    }

    private func session() throws -> UUID4 {
        try #require(Array(Self.id.utf8).withUnsafeBytes { UUID4($0) })
    }

    @Test("are written in their order, and read back")
    func written() throws {
        var claims = FrontendClaims(
            user: 12, session: try session(), issued: 10, expires: 20,
            permissions: [Array("read:user".utf8), Array("a\"b".utf8)], restrictions: [])
        #expect(
            String(decoding: claims.members(), as: UTF8.self)
                == #""sub":"12","jti":"\#(Self.id)","iat":10,"exp":20,"permissions":["read:user","a\"b"]"#
        )
        claims.restrictions = [Array("x".utf8)]
        let custom = claims.members(custom: Array(#""a":{"sub":1}"#.utf8))
        #expect(
            String(decoding: custom, as: UTF8.self).hasSuffix(
                #","restrictions":["x"],"a":{"sub":1}"#))
        #expect(read("{\(String(decoding: custom, as: UTF8.self))}") == claims)
        claims.expires = nil
        #expect(!String(decoding: claims.members(), as: UTF8.self).contains("exp"))
    }

    private static let good =
        #"{"sub":"1","jti":"\#(id)","iat":1,"exp":2,"permissions":["read:user"]}"#

    @Test("have a time before which they are refused, if their holder wished for one")
    func notBefore() {
        #expect(read(Self.good)?.notBefore == nil)
        #expect(read(Self.good.replacing("}", with: #","nbf":7}"#))?.notBefore == 7)
    }

    @Test(
        "are nothing when one is missing or of another kind",
        arguments: [
            (#""sub":"1","#, ""), (#""sub":"1""#, #""sub":1"#), (#""sub":"1""#, #""sub":"x""#),
            (#""jti":"\#(id)","#, ""), (id, "x"), (#""iat":1,"#, ""), (#""iat":1"#, #""iat":1.5"#),
            (#""exp":2,"#, ""), (#""exp":2"#, #""exp":"2""#), (#"["read:user"]"#, #""read:user""#),
            (#"["read:user"]"#, "[1]"), (#","permissions":["read:user"]"#, ""),
            ("}", #","restrictions":"x"}"#), ("}", #","nbf":"1"}"#), ("}", #","sub":"1"}"#),
        ])
    func refused(_ from: String, _ to: String) {
        #expect(Self.good.contains(from))
        #expect(read(Self.good.replacing(from, with: to)) == nil)
        #expect(read("[]") == nil)
        #expect(read("") == nil)
    }
}
