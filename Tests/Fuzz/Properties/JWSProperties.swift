@testable import SignetCrypto

/// Compact JWS: what is taken apart has exactly the parts that join to it, each the only text of its bytes;
/// and no token is read otherwise for the tokens before it.
enum JWSProperties {
    /// - Parameter kept: a reader that has read other tokens.
    static func check(
        _ input: UnsafeRawBufferPointer, kept: JWSReader
    ) throws(Violation) {
        let fresh = JWSReader()
        let first = read(input, fresh)
        for reader in [kept, fresh] {
            try require(read(input, reader) == first, "another token before made a difference")
        }
        guard case .success(let token) = first else { return }
        try require(
            fresh.keyID == kept.keyID && fresh.type == kept.type
                && fresh.isAccessToken == kept.isAccessToken, "the header was read otherwise")
        let parts = [token.header, token.payload, token.signature]
        let joined = parts.map { Array(input[$0]) }.joined(separator: [UInt8(ascii: ".")])
        try require(joined.elementsEqual(input), "the parts are not all of it")
        try require(
            token.signingInput == 0..<token.payload.upperBound, "another part would be signed")
        for part in parts {
            let text = Array(input[part])
            guard let bytes = Base64URL.decode(text) else { throw Violation("not base64url") }
            try require(Base64URL.encode(bytes) == text, "not the only text of its bytes")
        }
        try require(
            Base64URL.encode(Array(fresh.payload)).elementsEqual(input[token.payload])
                && Base64URL.encode(Array(fresh.signature)).elementsEqual(input[token.signature]),
            "what was decoded is not what is there")
    }

    private static func read(
        _ input: UnsafeRawBufferPointer, _ reader: JWSReader
    ) -> Result<JWS, JWSRefusal> {
        Result { () throws(JWSRefusal) in try reader.read(input) }
    }
}
