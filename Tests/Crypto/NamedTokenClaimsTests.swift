import SignetCrypto
import Testing

@Suite("UUID4")
struct UUID4Tests {
    @Test("has version and variant of RFC 9562, and 122 random bits")
    func random() {
        let random = RandomPool()
        let ids = (0..<1000).map { _ in UUID4(random: random) }
        #expect(Set(ids).count == ids.count)
        var (ones, zeros) = (UUID4(high: 0, low: 0), UUID4(high: .max, low: .max))
        for id in ids {
            #expect(id.high >> 12 & 0xF == 4)
            #expect(id.low >> 62 == 0b10)
            ones = UUID4(high: ones.high | id.high, low: ones.low | id.low)
            zeros = UUID4(high: zeros.high & id.high, low: zeros.low & id.low)
        }
        // Every other bit was both.
        #expect(ones == UUID4(high: ~0xB000, low: ~(1 << 62)))
        #expect(zeros == UUID4(high: 0x4000, low: 1 << 63))
    }

    @Test("is written in small letters and read in any")
    func text() throws {
        let text = "94f10f9b-2139-4f31-ab57-52ac175b9acc"
        let id = try #require(UUID4(bytes: text))
        #expect(id.high == 0x94F1_0F9B_2139_4F31 && id.low == 0xAB57_52AC_175B_9ACC)
        #expect(String(decoding: id.text, as: UTF8.self) == text)
        #expect(UUID4(bytes: text.uppercased()) == id)
        let nothing = "00000000-0000-0000-0000-000000000000"
        #expect(UUID4(bytes: nothing).map { String(decoding: $0.text, as: UTF8.self) } == nothing)
    }

    @Test(
        "refuses everything else",
        arguments: [
            "", "94f10f9b", "94f10f9b21394f31ab5752ac175b9acc",
            "94f10f9b-2139-4f31-ab57-52ac175b9ac", "94f10f9b-2139-4f31-ab57-52ac175b9acc ",
            "94f10f9b-2139-4f31-ab57+52ac175b9acc", "94f10f9-b2139-4f31-ab57-52ac175b9acc",
            "94f10f9g-2139-4f31-ab57-52ac175b9acc", "{4f10f9b-2139-4f31-ab57-52ac175b9acc}",
        ])
    func refuses(_ text: String) {
        #expect(UUID4(bytes: text) == nil)
    }
}

@Suite("NamedTokenClaims")
struct NamedTokenClaimsTests {
    private static let id = UUID4(high: 0xB569_29F3_54F1_4DC2, low: 0x9984_9BBA_615E_26E6)

    /// The token of the users' document (seeds/001).
    private static let seed = NamedTokenClaims(
        username: Array("admin".utf8), id: id, description: Array("Token specter".utf8),
        expires: 1_662_741_735, issued: 1_662_720_135)

    @Test("are written as in the users' document")
    func writes() {
        let claims = "{\(String(decoding: Self.seed.members, as: UTF8.self))}"
        #expect(
            String(decoding: Base64URL.encode(Array(claims.utf8)), as: UTF8.self)
                == "eyJ1c2VybmFtZSI6ImFkbWluIiwiand0X3Rva2VuX2lkIjoiYjU2OTI5ZjMtNTRmMS00ZGMyLTk5ODQt"
                + "OWJiYTYxNWUyNmU2Iiwiand0X3Rva2VuX2Rlc2NyaXB0aW9uIjoiVG9rZW4gc3BlY3RlciIsImV4cCI6M"
                + "TY2Mjc0MTczNSwiaWF0IjoxNjYyNzIwMTM1fQ")
        #expect(
            String(decoding: NamedTokenClaims.headerSegment, as: UTF8.self)
                == "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.")
    }

    @Test("are read back, whatever stands in them")
    func reads() {
        let odd = NamedTokenClaims(
            username: Array("a\"\\\u{1F511}".utf8), id: Self.id, description: Array("\n\u{0}".utf8),
            expires: .max, issued: .min)
        for claims in [Self.seed, odd] {
            let payload = Array("{".utf8) + claims.members + Array("}".utf8)
            #expect(payload.withUnsafeBytes { NamedTokenClaims($0) } == claims)
        }
    }

    @Test(
        "refuse what is not exactly the five",
        arguments: [
            "", "[]", "{}", #","sub":"x""#, #""exp":1.5"#, #""exp":"1""#, #""iat":null"#,
            #""username":1"#, #""jwt_token_id":"x""#, #""jwt_token_id":7"#,
            #""jwt_token_description":null"#,
        ])
    func refuses(_ change: String) throws {
        let good = "{\(String(decoding: Self.seed.members, as: UTF8.self))}"
        var text = change
        if change.hasPrefix(",") {
            text = good.dropLast() + change + "}"
        } else if let name = change.firstMatch(of: /^"\w+":/)?.0 {
            let old = try #require(
                Self.seedMembers.first { $0.hasPrefix(name) }, "a member of the five")
            text = good.replacing(old, with: change)
            #expect(text != good)
        }
        #expect(Array(text.utf8).withUnsafeBytes { NamedTokenClaims($0) } == nil)
    }

    private static let seedMembers = [
        #""username":"admin""#, #""jwt_token_id":"b56929f3-54f1-4dc2-9984-9bba615e26e6""#,
        #""jwt_token_description":"Token specter""#, #""exp":1662741735"#, #""iat":1662720135"#,
    ]
}

extension UUID4 {
    fileprivate init?(bytes text: String) {
        guard let id = Array(text.utf8).withUnsafeBytes({ UUID4($0) }) else { return nil }
        self = id
    }
}
