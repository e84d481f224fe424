import Foundation
import Hummingbird
import JWTKit

/// The claims of the sample call.
struct CallerClaims: Decodable {
    let sub, aud, ip, useragent: String
    let personal: [String: String]
}

struct AuthClaims: JWTPayload {
    let jid: String
    let iat, nbf, exp: Int
    let iss: String
    let sub, aud, ip, useragent: String
    let personal: [String: String]

    func verify(using _: some JWTAlgorithm) {}
}

struct RefreshClaims: JWTPayload {
    var type = "refresh"
    let jid: String
    let iat, nbf, exp: Int
    let iss: String

    func verify(using _: some JWTAlgorithm) {}
}

struct Pair: ResponseEncodable {
    let keyID: String
    let publicKey: String?
    let authToken, refreshToken: String

    enum CodingKeys: String, CodingKey {
        case keyID = "key_id"
        case publicKey = "public_key"
        case authToken = "auth_token"
        case refreshToken = "refresh_token"
    }

    /// Says `null` for no public key, where a synthesised one would say nothing.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(keyID, forKey: .keyID)
        try container.encode(publicKey, forKey: .publicKey)
        try container.encode(authToken, forKey: .authToken)
        try container.encode(refreshToken, forKey: .refreshToken)
    }
}

/// Signs a pair of tokens with the one key there is.
struct Signer {
    let keys = JWTKeyCollection()
    let id: String
    let publicKey: String?

    /// Takes the key as PEM; for HS256 the text of `key` is the secret itself.
    init(algorithm: String, key: String, id: String, publicKey: String) async throws {
        self.id = id
        self.publicKey = publicKey.isEmpty ? nil : publicKey
        let kid = JWKIdentifier(string: id)
        switch algorithm {
        case "HS256": await keys.add(hmac: HMACKey(from: key), digestAlgorithm: .sha256, kid: kid)
        case "ES256": await keys.add(ecdsa: try ES256PrivateKey(pem: key), kid: kid)
        case "EdDSA": await keys.add(eddsa: try EdDSA.PrivateKey(pem: key), kid: kid)
        default:
            let key = try Insecure.RSA.PrivateKey(pem: key)
            await keys.add(rsa: key, digestAlgorithm: .sha256, kid: kid)
        }
    }

    func pair(for claims: CallerClaims) async throws -> Pair {
        let now = Int(Date().timeIntervalSince1970)
        let jid = randomID()
        let auth = AuthClaims(
            jid: jid, iat: now, nbf: now, exp: now + 3600, iss: "bench", sub: claims.sub,
            aud: claims.aud, ip: claims.ip, useragent: claims.useragent, personal: claims.personal)
        let refresh = RefreshClaims(jid: jid, iat: now, nbf: now, exp: now + 7200, iss: "bench")
        let kid = JWKIdentifier(string: id)
        return Pair(
            keyID: id, publicKey: publicKey, authToken: try await keys.sign(auth, kid: kid),
            refreshToken: try await keys.sign(refresh, kid: kid))
    }
}

/// 128 random bits in 26 characters.
func randomID() -> String {
    let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    var bits = UInt128.random(in: .min ... .max)
    return String(unsafeUninitializedCapacity: 26) { text in
        for index in 0..<26 {
            text[index] = alphabet[Int(bits & 31)]
            bits >>= 5
        }
        return 26
    }
}
