import Foundation
import TestSupport
import Testing

/// Keys that PyJWT and joserfc know too: their tokens verify here, and ours there.
@Suite("Imported keys")
struct KeyImportTests {
    /// One algorithm with a key that was made elsewhere.
    private struct Item: Codable {
        let algorithm: String
        let keyType: String
        /// The file to import: PEM, a JWK or a JWK Set.
        let file: String
        /// The private key for Python, whatever the file looks like.
        let jwk: String
        /// The `kid` of the file, when it is one of ours.
        let keyID: String?
        var token: String?
        var importedID: String?
        var claims: String?
    }

    /// A key for each algorithm, in every form that a file may have.
    private static let makeKeys = """
        import base64, json, secrets
        from cryptography.hazmat.primitives import serialization as s
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
        from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

        OWN = "01KEY3NDEKTSV4RRFFQ69G5FAV"
        rsa_key = rsa.generate_private_key(65537, 2048)
        items = []
        def add(alg, kind, key, form, kid=None):
            if kind == "OCT":
                jwk = {"kty": "oct",
                       "k": base64.urlsafe_b64encode(key).decode().rstrip("=")}
            else:
                pem = key.private_bytes(
                    s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode()
                own = {"RSA": RSAKey, "ECDSA": ECKey, "OKP": OKPKey}[kind]
                jwk = own.import_key(pem).as_dict(private=True)
            jwk.pop("kid", None)
            if form == "pkcs8": text = pem
            elif form == "traditional":
                text = key.private_bytes(
                    s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption()).decode()
            elif form == "set":
                stranger = OctKey.generate_key(512).as_dict(private=True)
                text = json.dumps({"keys": [{**stranger, "alg": "HS512", "kid": "x"},
                                            {**jwk, "alg": alg, "kid": "y"}]})
            else: text = json.dumps({**jwk, "alg": alg, "use": "sig", **({"kid": kid} if kid else {})})
            items.append({"algorithm": alg, "keyType": kind, "file": text, "jwk": json.dumps(jwk),
                          "keyID": kid if kid == OWN else None})

        add("HS256", "OCT", secrets.token_bytes(32), "jwk")
        add("HS384", "OCT", secrets.token_bytes(48), "jwk", "not a ULID")
        add("HS512", "OCT", secrets.token_bytes(200), "jwk", OWN)
        add("RS256", "RSA", rsa_key, "traditional")
        add("RS384", "RSA", rsa_key, "pkcs8")
        add("RS512", "RSA", rsa_key, "jwk")
        add("PS256", "RSA", rsa_key, "set")
        add("PS384", "RSA", rsa_key, "jwk")
        add("PS512", "RSA", rsa_key, "pkcs8")
        add("ES256", "ECDSA", ec.generate_private_key(ec.SECP256R1()), "traditional")
        add("ES384", "ECDSA", ec.generate_private_key(ec.SECP384R1()), "set")
        add("ES512", "ECDSA", ec.generate_private_key(ec.SECP521R1()), "pkcs8")
        add("EdDSA", "OKP", ed25519.Ed25519PrivateKey.generate(), "jwk")
        print(json.dumps(items))
        """

    /// Reads our tokens with both libraries, and signs the same claims with both; prints the tokens.
    private static let readAndSign = """
        import base64, json, sys
        import jwt
        from joserfc import jws
        from joserfc.jwk import JWKRegistry

        answers = []
        for item in json.load(sys.stdin):
            alg, token, kid = item["algorithm"], item["token"], item["importedID"]
            jwk = json.loads(item["jwk"])
            key = jwt.PyJWK(jwk, algorithm=alg).key
            public = key if alg.startswith("HS") else key.public_key()
            claims = jwt.decode(token, public, algorithms=[alg], options={"verify_aud": False})
            assert claims["sub"] == "ada@example.org", alg
            assert jwt.get_unverified_header(token)["kid"] == kid, alg
            other = JWKRegistry.import_key(jwk)
            payload = jws.deserialize_compact(token, other, algorithms=[alg]).payload
            header = {"alg": alg, "kid": kid, "typ": "JWT"}
            one = jwt.api_jws.encode(payload, key, alg, headers=header)
            two = jws.serialize_compact(header, payload, other, algorithms=[alg])
            head, body, signature = two.split(".")
            changed = "A" if signature[4] != "A" else "B"
            bad = ".".join([head, body, signature[:4] + changed + signature[5:]])
            answers.append([one, two, bad])
        print(json.dumps(answers))
        """

    @Test("of all thirteen algorithms sign and verify here as they do in PyJWT and joserfc")
    func interoperability() throws {
        var items = try JSONDecoder().decode([Item].self, from: Python.run(Self.makeKeys))
        #expect(items.count == 13)
        let server = try SignetProcess()
        let tool = KeyTool(server: server)
        let connection = try server.connect()
        var apps: [AppAccount] = []
        var earlier: [TokenPair] = []
        for index in items.indices {
            let item = items[index]
            let app = try AppAccount.create(
                on: server, algorithm: item.algorithm, keyType: item.keyType)
            apps.append(app)
            earlier.append(try app.pair(on: connection))
            let path = try server.folder.write(item.file, to: "own.key")
            let imported = try tool.object(["import", app.id, path])
            #expect(imported["key_algo"] as? String == item.algorithm)
            let id = try #require(imported["key_id"] as? String)
            if let keyID = item.keyID { #expect(id == keyID) }
            items[index].importedID = id
            // In force soon.
            #expect(
                try Polling.reaches {
                    try app.pair(on: connection).fields["key_id"] == id
                }, "\(item.algorithm)")
            items[index].token = try app.pair(on: connection).authToken
        }
        let input = try JSONEncoder().encode(items)
        let tokens = try JSONDecoder().decode(
            [[String]].self, from: Python.run(Self.readAndSign, input: input))
        for (index, app) in apps.enumerated() {
            let verified = try tokens[index].map { try app.verifies($0, on: connection) }
            #expect(verified == [true, true, false], "\(items[index].algorithm)")
            // The key before it still verifies.
            #expect(try app.verifies(earlier[index].authToken, on: connection))
            #expect(try tool.list(app).map { $0["phase"] as? String } == ["verifying", "active"])
        }

        // The same key or the same id once more is refused.
        let again = try server.folder.write(items[2].file, to: "own.key")
        let same = try tool.outcome(["import", apps[2].id, again])
        #expect(same.ending == .exited(1) && same.errors.contains("has this key already"))
        let taken = try AppAccount.create(on: server, algorithm: "HS512", keyType: "OCT")
        let other = try tool.outcome(["import", taken.id, again])
        #expect(other.ending == .exited(1) && other.errors.contains("another key with its kid"))
    }
}
