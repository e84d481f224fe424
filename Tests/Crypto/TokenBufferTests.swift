import Foundation
import Testing

@testable import SignetCrypto

/// The buffer that tokens are made in, from their claims to their signed texts.
@Suite("Token buffer")
struct TokenBufferTests {
    private let id = ULID(high: 0x0123_4567_89AB_CDEF, low: 0x0123_4567_89AB_CDEF)
    private let header = JWTHeader.segment(.hs256, keyID: ULID(high: 0, low: 1))

    /// Makes and signs tokens with these members, and returns their texts.
    private func make(
        _ buffer: TokenBuffer, _ members: [[UInt8]], _ signer: Signer
    ) throws -> [String] {
        buffer.reset(
            tokenCount: members.count, headerBytes: header.count,
            claimsBytes: members.map(\.count).max() ?? 0)
        for own in members {
            buffer.begin(headerSegment: header)
            buffer.append(#""jid":"#, id)
            buffer.append(#""low":"#, .min)
            buffer.append(#""high":"#, .max)
            buffer.append(#""zero":"#, 0)
            buffer.append(members: own)
            buffer.end(signatureLength: signer.signatureLength)
        }
        var inputs: [SigningInput] = []
        buffer.appendSigningInputs(to: &inputs)
        try inputs.withUnsafeBufferPointer { try signer.sign($0) }
        buffer.encodeSignatures()
        return members.indices.map { index in
            buffer.withText(index) { String(decoding: $0, as: UTF8.self) }
        }
    }

    private func expect(
        _ token: String, _ own: [UInt8], _ key: PrivateKey
    ) throws {
        let segments = token.components(separatedBy: ".")
        #expect(segments.count == 3)
        let claims = try #require(Base64URL.decode(Array(segments[1].utf8)))
        let members = own.isEmpty ? "" : ",\(String(decoding: own, as: UTF8.self))"
        #expect(
            String(decoding: claims, as: UTF8.self) == """
                {"jid":"\(id.text)","low":-9223372036854775808,"high":9223372036854775807,\
                "zero":0\(members)}
                """)
        #expect("\(segments[0])." == String(decoding: header, as: UTF8.self))
        let signature = try #require(Base64URL.decode(Array(segments[2].utf8)))
        let input = Array("\(segments[0]).\(segments[1])".utf8)
        #expect(try Verifier(key).verify(input, signature: signature))
    }

    @Test("writes every number as its digits")
    func numbers() throws {
        let signer = try Signer(PrivateKey.generate(.hs256))
        let buffer = TokenBuffer()
        var generator = SystemRandomNumberGenerator()
        let edges: [Int64] = [
            -1, 0, 9, 10, 999_999_999, 1_000_000_000, 9_999_999_999, 10_000_000_000,
        ]
        let times = (0..<5_000).map { _ in
            Int64.random(in: 1_000_000_000..<10_000_000_000, using: &generator)
        }
        for number in edges + times {
            buffer.reset(tokenCount: 1, headerBytes: header.count, claimsBytes: 0)
            buffer.begin(headerSegment: header)
            buffer.append(#""exp":"#, number)
            buffer.end(signatureLength: signer.signatureLength)
            try buffer.sign(with: signer)
            let text = buffer.withText(0) { String(decoding: $0, as: UTF8.self) }
            let claims = Base64URL.decode(Array(text.components(separatedBy: ".")[1].utf8))
            #expect(claims == Array(#"{"exp":\#(number)}"#.utf8))
        }
    }

    @Test("makes the same tokens whatever it made before", arguments: [Algorithm.hs256, .es512])
    func sizes(_ algorithm: Algorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let signer = try Signer(key)
        let buffer = TokenBuffer()
        for sizes in [
            [0], [1], [10, 10], [0, 5000], [5000, 0], [3_000_000, 1], [1], [40_000], [7, 8, 9], [0],
        ] {
            let members = sizes.map { size in
                size == 0 ? [] : Array("\"x\":".utf8) + [UInt8](repeating: 0x31, count: size)
            }
            let tokens = try make(buffer, members, signer)
            for (token, own) in zip(tokens, members) { try expect(token, own, key) }
        }
    }

    @Test("keeps its memory between usual tokens, and gives back what a large one needed")
    func memory() throws {
        let signer = try Signer(try PrivateKey.generate(.hs256))
        let buffer = TokenBuffer()
        _ = try make(buffer, [[UInt8](repeating: 0x31, count: 8000)], signer)
        let usual = buffer.capacity
        buffer.trim()
        #expect(buffer.capacity == usual)
        _ = try make(buffer, [[UInt8](repeating: 0x31, count: 800)], signer)
        #expect(buffer.capacity == usual)

        _ = try make(buffer, [[UInt8](repeating: 0x31, count: 1_000_000)], signer)
        #expect(buffer.capacity > 2_000_000)
        buffer.trim()
        #expect(buffer.capacity <= 32 * 1024)

        _ = try make(buffer, [[UInt8](repeating: 0x31, count: 1_000_000)], signer)
        _ = try make(buffer, [[UInt8](repeating: 0x31, count: 10)], signer)
        #expect(buffer.capacity <= 32 * 1024)
    }

    @Test("stops a caller who writes more claims than announced")
    func overflow() async {
        await #expect(processExitsWith: .failure) {
            let buffer = TokenBuffer()
            buffer.reset(tokenCount: 1, headerBytes: 1, claimsBytes: 10)
            buffer.begin(headerSegment: [0x2E])
            buffer.append(members: [UInt8](repeating: 0x31, count: 300))
            buffer.end(signatureLength: 32)
        }
        await #expect(processExitsWith: .failure) {
            let buffer = TokenBuffer()
            buffer.reset(tokenCount: 1, headerBytes: 1, claimsBytes: 10)
            for _ in 0..<2 {
                buffer.begin(headerSegment: [UInt8](repeating: 0x41, count: 1000))
                buffer.end(signatureLength: 1024)
            }
        }
    }

    @Test("writes the header and the issuer as JSON")
    func preparedParts() throws {
        let key = ULID(high: 0, low: 5)
        for algorithm in Algorithm.allCases {
            let segment = JWTHeader.segment(algorithm, keyID: key)
            #expect(segment.last == UInt8(ascii: "."))
            let text = try #require(Base64URL.decode(Array(segment.dropLast())))
            #expect(
                String(decoding: text, as: UTF8.self)
                    == #"{"alg":"\#(algorithm.name)","kid":"\#(key.text)","typ":"JWT"}"#)
        }
        #expect(
            JWTHeader.issuerClaim("a \"\\\t\u{1}ü")
                == Array(#""iss":"a \"\\\t\u0001ü""#.utf8))
    }
}

/// The claims that decide about a verified token.
@Suite("Registered claims")
struct RegisteredClaimsTests {
    private let reader = ClaimsReader()

    private func read(_ text: String) -> RegisteredClaims? {
        Array(text.utf8).withUnsafeBytes { reader.read($0) }
    }

    @Test("reads the three, wherever they stand and however their names are written")
    func reads() {
        var expected = RegisteredClaims()
        expected.tokenID = ULID("01ARZ3NDEKTSV4RRFFQ69G5FAV")
        expected.expires = 20
        expected.notBefore = -10
        #expect(
            read(
                #"{"x":{"exp":1},"n\u0062f":-10,"exp":20,"jid":"01arz3ndektsv4rrffq69g5fav"}"#)
                == expected)
        #expect(read("{}") == RegisteredClaims())
    }

    @Test(
        "refuses what it can't read",
        arguments: [
            "", "[]", "null", "5", #""exp""#, "{", #"{"exp":1,"exp":1}"#, #"{"exp":1.0}"#,
            #"{"exp":"1"}"#, #"{"exp":null}"#, #"{"exp":9223372036854775808}"#, #"{"nbf":1e3}"#,
            #"{"nbf":true}"#, #"{"jid":1}"#, #"{"jid":""}"#, #"{"jid":"x"}"#, #"{"exp":1} x"#,
        ])
    func refuses(_ text: String) {
        #expect(read(text) == nil)
    }

    @Test("are in force from nbf on until before exp, with an allowance on both sides")
    func force() {
        var claims = RegisteredClaims()
        #expect(!claims.areInForce(atUnixSeconds: 0, skewSeconds: 0))
        claims.expires = 100
        #expect(claims.areInForce(atUnixSeconds: -1000, skewSeconds: 0))
        claims.notBefore = 50
        for (now, skew, isGood) in [
            (49, 0, false), (50, 0, true), (99, 0, true), (100, 0, false), (44, 5, false),
            (45, 5, true), (104, 5, true), (105, 5, false),
        ] as [(Int64, Int64, Bool)] {
            #expect(claims.areInForce(atUnixSeconds: now, skewSeconds: skew) == isGood)
        }
    }
}
