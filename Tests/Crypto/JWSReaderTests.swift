import SignetCrypto
import Testing

/// What is a compact JWS, and above all what is none (RFC 7515, RFC 8725).
@Suite("JWS reader")
struct JWSReaderTests {
    private static let keyID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

    private func token(
        _ header: String, payload: String = #"{"a":1}"#, signature: [UInt8] = [1, 2, 3]
    ) -> [UInt8] {
        let parts = [Array(header.utf8), Array(payload.utf8), signature].map(Base64URL.encode)
        return Array(parts.joined(separator: [UInt8(ascii: ".")]))
    }

    private func refusal(_ token: [UInt8]) -> JWSRefusal? {
        do throws(JWSRefusal) {
            _ = try JWSReader().read(token)
            return nil
        } catch {
            return error
        }
    }

    @Test("shows what a token says")
    func facts() throws {
        let reader = JWSReader()
        let token = token(#"{"alg":"ES256","kid":"\#(Self.keyID)","typ":"at+JWT","x":[{}]}"#)
        let jws = try reader.read(token)
        #expect(jws.algorithm == .es256)
        #expect(jws.keyID == ULID(Self.keyID))
        #expect(reader.keyID == Array(Self.keyID.utf8))
        #expect(reader.type == Array("at+JWT".utf8))
        #expect(reader.isAccessToken)
        #expect(Array(reader.payload) == Array(#"{"a":1}"#.utf8))
        #expect(Array(reader.signature) == [1, 2, 3])
        #expect(Base64URL.decode(Array(token[jws.payload])) == Array(#"{"a":1}"#.utf8))
        #expect(Base64URL.decode(Array(token[jws.signature])) == [1, 2, 3])
        #expect(Array(token[jws.signingInput]) == Array(token[..<jws.payload.upperBound]))
        #expect(Array(token[jws.header]) == Array(token.prefix { $0 != UInt8(ascii: ".") }))
    }

    @Test("shows each token's own facts when it is used again")
    func reuse() throws {
        let reader = JWSReader()
        let first = token(#"{"alg":"HS256","kid":"a","typ":"JWT"}"#)
        let second = token(#"{"alg":"EdDSA"}"#, payload: String(repeating: "x", count: 100_000))
        let third = token(#"{"alg":"HS256","kid":"b","typ":"Application/AT+jwt"}"#, signature: [])
        for _ in 0..<3 {
            #expect(try reader.read(first).algorithm == .hs256)
            #expect(reader.keyID == Array("a".utf8))
            #expect(try reader.read(first).keyID == nil)
            #expect(reader.keyID == Array("a".utf8))
            #expect(try reader.read(second).algorithm == .eddsa)
            #expect(!reader.isAccessToken && reader.keyID == nil && reader.type.isEmpty)
            #expect(reader.payload.count == 100_000)
            #expect(throws: JWSRefusal.header) {
                try reader.read(token(#"{"alg":"HS256","kid":1}"#))
            }
            #expect(try reader.read(third).algorithm == .hs256)
            #expect(reader.keyID == Array("b".utf8) && reader.isAccessToken)
            #expect(reader.signature.isEmpty)
        }
    }

    @Test(
        "takes no other type for an access token's",
        arguments: ["JWT", "", "at+jw", "at+jwt2", "jwt", "application/jwt", "x/at+jwt", "/at+jwt"])
    func otherTypes(type: String) throws {
        let reader = JWSReader()
        _ = try reader.read(token(#"{"alg":"ES256","typ":"at+jwt"}"#))
        #expect(reader.isAccessToken)
        _ = try reader.read(token(#"{"alg":"ES256","typ":"\#(type)"}"#))
        #expect(!reader.isAccessToken)
    }

    @Test("reads escapes in the header")
    func escapes() throws {
        let reader = JWSReader()
        let jws = try reader.read(token(#"{"\u0061lg":"HS\u0032\u00356","kid":"a\"b"}"#))
        #expect(jws.algorithm == .hs256)
        #expect(reader.keyID == Array(#"a"b"#.utf8))
    }

    @Test("knows every algorithm", arguments: Algorithm.allCases)
    func algorithms(_ algorithm: Algorithm) throws {
        let header = #"{"alg":"\#(algorithm.name)"}"#
        #expect(try JWSReader().read(token(header)).algorithm == algorithm)
    }

    @Test(
        "refuses alg none, in every letter case, and what is no algorithm",
        arguments: [
            #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"NONE"}"#, #"{"alg":"nOnE"}"#,
            #"{"alg":""}"#, #"{"alg":"hs256"}"#, #"{"alg":"ES256K"}"#, #"{"alg":"HS2566"}"#,
            #"{"alg":"HS256 "}"#, #"{"alg":null}"#, #"{"alg":256}"#, #"{"alg":["HS256"]}"#,
            #"{"typ":"JWT"}"#, #"{"ALG":"HS256"}"#, "{}",
        ])
    func algorithm(_ header: String) {
        #expect(refusal(token(header)) == .algorithm)
    }

    @Test(
        "refuses every critical extension",
        arguments: [
            #"{"alg":"HS256","crit":["b64"],"b64":false}"#, #"{"alg":"HS256","crit":[]}"#,
            #"{"alg":"HS256","crit":["exp"],"exp":1}"#, #"{"crit":null,"alg":"HS256"}"#,
            #"{"alg":"HS256","b64":true}"#, #"{"alg":"HS256","b64":false}"#,
            #"{"alg":"HS256","cr\u0069t":["x"]}"#,
        ])
    func critical(_ header: String) {
        #expect(refusal(token(header)) == .criticalExtension)
    }

    @Test(
        "refuses headers that are no objects or name a member twice",
        arguments: [
            "", "[]", #""HS256""#, "null", #"{"alg":"HS256""#, #"{"alg":"HS256"}x"#,
            #"{"alg":"HS256","alg":"HS256"}"#, #"{"alg":"HS256","\u0061lg":"none"}"#,
            #"{"alg":"HS256","kid":"a","kid":"b"}"#, #"{"alg":"HS256","x":{"y":1,"y":2}}"#,
            #"{"alg":"HS256","kid":null}"#, #"{"alg":"HS256","typ":1}"#,
            #"{"alg":"HS256","kid":{"a":1}}"#, #"{'alg':'HS256'}"#,
        ])
    func header(_ header: String) {
        #expect(refusal(token(header)) == .header)
    }

    @Test("refuses any other number of segments")
    func shape() {
        let whole = String(decoding: token(#"{"alg":"HS256"}"#), as: UTF8.self)
        let withoutDots = whole.replacing(".", with: "")
        let twoSegments = whole.split(separator: ".").prefix(2).joined(separator: ".")
        for text in ["", ".", withoutDots, twoSegments, whole + ".", whole + ".AA", "." + whole] {
            #expect(refusal(Array(text.utf8)) == .shape, "\(text)")
        }
        #expect(refusal(Array("..".utf8)) == .header)
    }

    @Test("refuses every segment that is not canonical unpadded base64url")
    func encoding() throws {
        // "{"alg":"HS256"} " is 16 bytes, so that all three segments end in unused bits.
        let valid = token(#"{"alg":"HS256"} "#, payload: "{ }x", signature: [1, 2, 3, 4])
        #expect(refusal(valid) == nil)
        let dots = valid.indices.filter { valid[$0] == UInt8(ascii: ".") } + [valid.count]
        for end in dots {
            for inserted in ["=", "==", " ", "\n", "+", "/", "é", "\0"] {
                let changed = valid[..<end] + Array(inserted.utf8) + valid[end...]
                #expect(refusal(Array(changed)) == .encoding, "\(inserted) at \(end)")
            }
            // The two characters below the last one's own unused bits.
            var changed = valid
            let last = Character(UnicodeScalar(valid[end - 1]))
            #expect("AQgw".contains(last))
            changed[end - 1] += 1
            #expect(refusal(changed) == .encoding)
        }
    }

    @Test("reads every prefix of a token without trapping")
    func prefixes() {
        let valid = token(#"{"alg":"HS256","kid":"k"}"#)
        for length in 0..<valid.count { _ = refusal(Array(valid[..<length])) }
    }
}
