import Foundation
import SignetCrypto
import TestSupport

/// Tokens for an app that PyJWT and joserfc made, by name: an honest one, and forgeries.
enum HostileTokens {
    private static let script = """
        import base64, hashlib, hmac, json, sys
        import jwt
        from joserfc import jwe, jws
        from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

        item = json.load(sys.stdin)
        algorithm, kid, claims = item["algorithm"], item["kid"], item["claims"]
        secret = base64.b64decode(item["key"])
        kinds = {"R": RSAKey, "P": RSAKey, "E": ECKey, "H": OctKey}
        key = (OKPKey if algorithm == "EdDSA" else kinds[algorithm[0]]).import_key(secret)

        def b64(raw):
            return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

        def by_hand(name, mac, digest):
            header = json.dumps({"alg": name, "kid": kid, "typ": "JWT"}).encode()
            message = b64(header) + "." + b64(claims.encode())
            return message + "." + b64(hmac.new(mac, message.encode(), digest).digest())

        tokens = {}
        tokens["honest"] = jws.serialize_compact(
            {"alg": algorithm, "kid": kid}, claims, key, algorithms=[algorithm])
        tokens["none"] = jwt.encode(
            json.loads(claims), None, algorithm="none", headers={"kid": kid})
        tokens["nested"] = jws.serialize_compact(
            {"alg": algorithm, "kid": kid, "cty": "JWT"}, tokens["honest"], key,
            algorithms=[algorithm])
        tokens["crit"] = by_hand("HS256", secret, hashlib.sha256) if algorithm == "HS256" else ""
        if algorithm == "HS256":
            header = {"alg": algorithm, "kid": kid, "crit": ["exp"], "exp": 9999999999}
            message = b64(json.dumps(header).encode()) + "." + b64(claims.encode())
            tokens["crit"] = message + "." + b64(
                hmac.new(secret, message.encode(), hashlib.sha256).digest())
            assert jws.deserialize_compact(tokens["honest"], key, algorithms=["HS256"])
            tokens["jwe-direct"] = jwe.encrypt_compact(
                {"alg": "dir", "enc": "A256GCM", "kid": kid}, claims, key)
            tokens["jwe"] = jwe.encrypt_compact(
                {"alg": "A256KW", "enc": "A256GCM", "kid": kid}, claims, key)
            tokens["jwe-deflated"] = jwe.encrypt_compact(
                {"alg": "A256KW", "enc": "A256GCM", "zip": "DEF", "kid": kid}, claims, key)
        else:
            public = key.as_pem(private=False)
            macs = [public, public.strip(), key.as_der(private=False),
                json.dumps(key.as_dict(private=False)).encode()]
            for number, mac in enumerate(macs):
                for name, digest in (("HS256", hashlib.sha256), ("HS384", hashlib.sha384),
                        ("HS512", hashlib.sha512), (algorithm, hashlib.sha256)):
                    tokens[f"confused-{number}-{name}"] = by_hand(name, mac, digest)
        json.dump(tokens, sys.stdout)
        """

    private struct Item: Encodable {
        let algorithm: String
        let kid: String
        let key: String
        let claims: String
    }

    /// Makes them with the app's real key, for these claims.
    static func make(_ app: TestApp, claims: String) throws -> [String: String] {
        let key = app.privateKey.pem ?? app.privateKey.encoded
        let item = Item(
            algorithm: app.privateKey.algorithm.name, kid: app.keyID,
            key: Data(key).base64EncodedString(), claims: claims)
        let output = try Python.run(script, input: try JSONEncoder().encode(item))
        return try JSONDecoder().decode([String: String].self, from: output)
    }
}

/// A port of this machine that notices when somebody connects.
final class Trap {
    private let socket: Int32
    let port: UInt16

    struct Failure: Error {}

    init() throws {
        let socket = Glibc.socket(
            AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        self.socket = socket
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) | listen(socket, 1) | getsockname(socket, $0, &length)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard status == 0 else { throw Failure() }
    }

    deinit { close(socket) }

    /// Whether a connection waits.
    func wasCalled() -> Bool {
        let connection = accept(socket, nil, nil)
        if connection >= 0 { close(connection) }
        return connection >= 0
    }
}
