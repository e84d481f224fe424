import Testing

@testable import SignetCrypto

/// sign-in.md, "Claims".
@Suite("The claims of sign-in")
struct SignInClaimsTests {
    private func claims(_ kind: SignInClaims.Kind, expires: Int64?) -> SignInClaims {
        SignInClaims(
            kind, issued: 1, expires: expires, subject: Array("j\"d".utf8),
            name: Array("\u{E9}\n".utf8),
            email: [], userID: Array("7".utf8),
            session: UUID4(high: 0x01A2_0317_8615_7BC8, low: 0x9E15_DC10_69A7_8490))
    }

    private func read(_ text: String) -> SignInClaims? {
        Array(text.utf8).withUnsafeBytes { SignInClaims($0) }
    }

    @Test("stand in their order, and are read as they were written")
    func written() {
        let session = "01a20317-8615-7bc8-9e15-dc1069a78490"
        for (kind, expires, text) in [
            (
                .refresh, 9,
                #"{"iat":1,"iss":"http://i","wtyp":"R","sub":"j\"d","exp":9,"name":"é\n","email":"","usid":"7","jti":"\#(session)"}"#
            ),
            (
                .refresh, nil,
                #"{"iat":1,"iss":"http://i","wtyp":"R","sub":"j\"d","name":"é\n","email":"","usid":"7","jti":"\#(session)"}"#
            ),
            (
                .access, 9,
                #"{"iat":1,"iss":"http://i","wtyp":"U","sub":"j\"d","exp":9,"name":"é\n","email":"","usid":"7","sid":"\#(session)"}"#
            ),
        ] as [(SignInClaims.Kind, Int64?, String)] {
            let claims = claims(kind, expires: expires)
            let members = String(decoding: claims.members(issuer: "http://i"), as: UTF8.self)
            #expect("{\(members)}" == text)
            #expect(read(text) == claims)
        }
    }

    @Test("are none without their type, their session, or an end for an access token")
    func refused() {
        let good =
            #"{"iat":1,"wtyp":"U","sub":"a","exp":9,"name":"","email":"","usid":"","sid":"01a20317-8615-7bc8-9e15-dc1069a78490"}"#
        #expect(read(good) != nil)
        for (old, new) in [
            (#""wtyp":"U","#, ""), (#""wtyp":"U""#, #""wtyp":"u""#),
            (#""wtyp":"U""#, #""wtyp":"R""#),
            (#""wtyp":"U""#, #""wtyp":1"#), (#""exp":9,"#, ""), (#""exp":9"#, #""exp":"9""#),
            (#""exp":9"#, #""exp":null"#), ("8490", "849"), ("8490", "849x"),
            (#""sid""#, #""jti""#),
            (#""iat":1,"#, ""), (#""sub":"a""#, #""sub":1"#), (#""name":"","#, ""), ("{", "["),
        ] {
            #expect(read(good.replacing(old, with: new)) == nil, "\(old) \(new)")
        }
        // No end that is no number makes a refresh token an endless one.
        let refresh = good.replacing(#""U""#, with: #""R""#).replacing("sid", with: "jti")
            .replacing("ujti", with: "usid")
        #expect(read(refresh) != nil)
        #expect(read(refresh.replacing(#""exp":9,"#, with: "")) != nil)
        #expect(read(refresh.replacing(#""exp":9"#, with: #""exp":null"#)) == nil)
    }

    @Test("a UUID with its time sorts by it and is of version 7")
    func timeOrdered() {
        let random = RandomPool()
        var last: UInt64 = 0
        for milliseconds: UInt64 in 1_795_305_600_000..<1_795_305_600_500 {
            let id = UUID4(milliseconds: milliseconds, random: random)
            #expect(id.high >> 16 == milliseconds && id.high > last)
            #expect(id.high >> 12 & 0xF == 7 && id.low >> 62 == 0b10)
            #expect(id.text.withUnsafeBytes { UUID4($0) } == id)
            last = id.high
        }
    }
}
