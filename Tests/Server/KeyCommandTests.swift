import Foundation
import TestSupport
import Testing

@Suite("signet key beside a running server")
struct KeyCommandTests {
    private func now() -> Int { Int(Date().timeIntervalSince1970) }

    @Test("lists the keys of one app or of all, as pub-keys has them")
    func list() throws {
        let server = try SignetProcess()
        let tool = KeyTool(server: server)
        let app = try AppAccount.create(on: server)
        let other = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let keys = try tool.list(app)
        let published = try tool.published(app)
        #expect(keys.count == 1 && published.count == 1)
        for name in ["key_id", "key_type", "key_algo"] {
            #expect(keys[0][name] as? String == published[0][name] as? String)
        }
        #expect(keys[0]["exp_time"] as? Int == published[0]["exp_time"] as? Int)
        #expect(keys[0]["phase"] as? String == "active")
        #expect(keys[0]["app_id"] as? String == app.id)
        let all = try #require(try tool.json(["list"]) as? [[String: Any]])
        #expect(Set(all.compactMap { $0["app_id"] as? String }) == [app.id, other.id])
        let text = try tool.outcome(["list"]).output
        #expect(text.split(separator: "\n").count == 3)
        #expect(text.contains("active"))
        #expect(text.contains(try #require(keys[0]["key_id"] as? String)))
    }

    @Test("rotate publishes the next key soon, and says when it signs")
    func rotate() throws {
        let server = try SignetProcess()
        let tool = KeyTool(server: server)
        let app = try AppAccount.create(on: server)
        let active = try #require(try tool.published(app).first?["key_id"] as? String)
        let before = now()
        let made = try tool.object(["rotate", app.id.lowercased()])
        let next = try #require(made["key_id"] as? String)
        let signsFrom = try #require(made["signs_from"] as? Int)
        #expect((before + 3600...now() + 3600).contains(signsFrom))
        #expect(made["app_id"] as? String == app.id)

        #expect(try Polling.reaches { try tool.published(app).count == 2 })
        let keys = try tool.published(app)
        #expect(keys.map { $0["key_id"] as? String } == [active, next])
        // The active key is replaced when the next one signs, which then does for a period.
        #expect(keys.map { $0["exp_time"] as? Int } == [signsFrom, signsFrom + 31_536_000])
        #expect(keys.map { $0["is_expired"] as? String } == ["no", "no"])
        #expect(keys.map { $0["is_revoked"] as? String } == ["no", "no"])
        #expect(try app.pair(on: server.connect()).fields["key_id"] == active)
        #expect(try tool.jwks(app) == [active, next])

        let text = try tool.outcome(["rotate", app.id]).output
        #expect(text.contains(next) && text.contains("signs from 20"))
        #expect(try tool.published(app).count == 2)
    }

    @Test("revoke kills the key's tokens soon; the next key or a new one signs")
    func revoke() throws {
        let server = try SignetProcess()
        let tool = KeyTool(server: server)
        let app = try AppAccount.create(on: server)
        let connection = try server.connect()
        let pair = try app.pair(on: connection)
        let key = try #require(pair.fields["key_id"])
        #expect(try tool.object(["revoke", key])["was_revoked_before"] as? Bool == false)
        #expect(
            try Polling.reaches {
                try !app.verifies(pair.authToken, on: connection)
            })
        #expect(try !app.verifies(pair.refreshToken, on: connection))
        let new = try app.pair(on: connection)
        #expect(new.fields["key_id"] != key)
        #expect(try app.verifies(new.authToken, on: connection))
        let items = try tool.published(app)
        #expect(items.map { $0["is_revoked"] as? String } == ["yes", "no"])
        #expect(items.map { $0["is_expired"] as? String } == ["no", "no"])
        #expect(try tool.jwks(app) == [new.fields["key_id"]])

        let again = try tool.outcome(["revoke", key])
        #expect(again.ending == .exited(0) && again.output.contains("was revoked before"))
        let next = try #require(try tool.object(["rotate", app.id])["key_id"] as? String)
        _ = try tool.object(["revoke", try #require(new.fields["key_id"])])
        #expect(
            try Polling.reaches {
                try app.pair(on: connection).fields["key_id"] == next
            })
        let served = try connection.call("GET", "/app/\(app.id)", key: app.key)
        let object = try #require(served.object?["app"] as? [String: Any])
        #expect((now() - 600...now()).contains(object["last_key_rotate"] as? Int ?? 0))
    }

    @Test("refuses what is not there and what is no id, in one line and with the right status")
    func refusals() throws {
        let server = try SignetProcess()
        let tool = KeyTool(server: server)
        let unknown = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
        for (arguments, status, text) in [
            (["rotate", unknown], 1, "there is no app \(unknown)"),
            (["list", "--app", unknown], 1, "there is no app \(unknown)"),
            (["revoke", unknown], 1, "there is no key \(unknown); 'signet key list' shows them"),
            (["import", unknown, "/dev/null"], 1, "there is no app \(unknown)"),
            (["revoke", "short"], 64, "the 26 letters and digits of a key's id"),
            (["rotate"], 64, "see signet key rotate --help"),
        ] {
            let outcome = try tool.outcome(arguments)
            #expect(outcome.ending == .exited(Int32(status)))
            #expect(outcome.errors.contains(text), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
            #expect(outcome.output == "")
        }
        let memory = try Signet.run(["key", "list", "--data", "memory:"], in: server.folder)
        #expect(memory.ending == .exited(64))
        #expect(memory.errors.contains("a store in memory belongs to its server alone"))
        let config = try server.folder.write("data: \(server.data)\n", to: "signet.yaml")
        let listed = try Signet.run(["key", "list", "--config", config], in: server.folder)
        #expect(listed.ending == .exited(0))
    }

    @Test("refuses keys of another kind, weak, public or broken ones, and shows none of them")
    func refusedImports() throws {
        let files = try JSONDecoder().decode(
            [RefusedFile].self, from: Python.run(RefusedFile.script))
        #expect(files.count == 16)
        let server = try SignetProcess()
        let tool = KeyTool(server: server)
        var apps: [String: AppAccount] = [:]
        for (algorithm, type) in [("ES256", "ECDSA"), ("RS256", "RSA"), ("HS256", "OCT")] {
            apps[algorithm] = try AppAccount.create(
                on: server, algorithm: algorithm, keyType: type)
        }
        for file in files {
            let app = try #require(apps[file.algorithm])
            let path = try server.folder.write(file.text, to: "own.key")
            let outcome = try tool.outcome(["import", app.id, path])
            #expect(outcome.ending == .exited(1), "\(file.name)")
            #expect(outcome.errors.contains(file.reason), "\(file.name): \(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
            for line in file.text.split(whereSeparator: { "\n\"".contains($0) })
            where line.count > 20 && !line.hasPrefix("-----") {
                #expect(!(outcome.errors + outcome.output).contains(line), "\(file.name)")
            }
        }
        let missing = try tool.outcome(["import", apps["ES256"]?.id ?? "", "nowhere.pem"])
        #expect(missing.ending == .exited(1))
        #expect(missing.errors.contains("nowhere.pem can't be read: No such file"))
        for app in apps.values { #expect(try tool.list(app).count == 1) }
    }

    @Test("keeps a key in its phase through kill -9, and leads it on after the start")
    func kills() throws {
        let folder = try TemporaryFolder()
        var server = try SignetProcess(in: folder)
        let rootKey = server.rootKey
        var tool = KeyTool(server: server)
        let app = try AppAccount.create(on: server)
        func killAndRestart() throws {
            #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))
            server = try SignetProcess(in: folder)
            tool = KeyTool(server: server)
        }
        let pair = try app.pair(on: server.connect())
        let first = try #require(pair.fields["key_id"])
        try killAndRestart()
        #expect(try tool.published(app).count == 1)

        // A year has passed: the server publishes the next key by itself.
        try tool.set("activated = NOW - 31536000", ofKey: first)
        #expect(try Polling.reaches { try tool.published(app).count == 2 })
        let next = try #require(try tool.published(app).last?["key_id"] as? String)
        let signsFrom = try #require(try tool.published(app).first?["exp_time"] as? Int)
        #expect((now() + 3000...now() + 3600).contains(signsFrom))
        try killAndRestart()
        #expect(try tool.published(app).map { $0["key_id"] as? String } == [first, next])
        #expect(try app.pair(on: server.connect()).fields["key_id"] == first)

        // An hour has passed: it signs, and the old one verifies.
        try tool.set("created = NOW - 3600, activated = NOW - 1", ofKey: next)
        let connection = try server.connect()
        #expect(
            try Polling.reaches {
                try app.pair(on: connection).fields["key_id"] == next
            })
        try killAndRestart()
        #expect(try app.pair(on: server.connect()).fields["key_id"] == next)
        #expect(try app.verifies(pair.authToken, on: server.connect()))
        #expect(try tool.list(app).map { $0["phase"] as? String } == ["verifying", "active"])
        let old = try #require(try tool.published(app).first)
        #expect((now() + 7200...now() + 7800).contains(old["exp_time"] as? Int ?? 0))
        let answer = try server.connect().call("GET", "/root/list", key: rootKey)
        let apps = try #require(answer.object?["apps"] as? [[String: Any]])
        #expect((now() - 600...now()).contains(apps.first?["last_key_rotate"] as? Int ?? 0))

        // Its last token has expired: it goes, for good.
        try tool.set("expires = NOW - 1", ofKey: first)
        #expect(try Polling.reaches { try tool.published(app).count == 1 })
        try killAndRestart()
        #expect(try tool.published(app).map { $0["key_id"] as? String } == [next])
        #expect(try !app.verifies(pair.authToken, on: server.connect()))
        #expect(try server.stop() == .exited(0))
    }
}

/// A file that no app of its algorithm may import.
private struct RefusedFile: Decodable {
    let name: String
    let algorithm: String
    let text: String
    let reason: String

    static let script = """
        import base64, json, secrets
        from cryptography.hazmat.primitives import serialization as s
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
        from joserfc.jwk import ECKey, RSAKey

        def pem(key, encryption=s.NoEncryption()):
            return key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, encryption).decode()
        def public(key):
            return key.public_key().public_bytes(
                s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode()
        def secret(length):
            return base64.urlsafe_b64encode(secrets.token_bytes(length)).decode().rstrip("=")

        p256, p384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
        k256 = ec.generate_private_key(ec.SECP256K1())
        weak, good = rsa.generate_private_key(65537, 1024), rsa.generate_private_key(65537, 2048)
        jwk = ECKey.import_key(pem(p256)).as_dict(private=True)
        other = ECKey.import_key(pem(ec.generate_private_key(ec.SECP256R1()))).as_dict(private=True)
        fits, is_public = "does not fit the app's algorithm", "it is a public key"
        two = {"keys": [{**jwk, "kid": "a"}, {**other, "kid": "b"}]}
        none = {"keys": [{**jwk, "alg": "ES384", "kid": "a"}, {**other, "use": "enc", "kid": "b"}]}
        files = [
            ("P-384 for ES256", "ES256", pem(p384), fits),
            ("RSA for ES256", "ES256", pem(good), fits),
            ("Ed25519 for ES256", "ES256", pem(ed25519.Ed25519PrivateKey.generate()), fits),
            ("secp256k1", "ES256", pem(k256), "does not sign with this kind of key"),
            ("public PEM", "ES256", public(p256), is_public),
            ("public JWK", "ES256", json.dumps({k: jwk[k] for k in ("kty", "crv", "x", "y")}),
             is_public),
            ("wrong public part", "ES256", json.dumps({**jwk, "x": other["x"], "y": other["y"]}),
             "do not form a key"),
            ("two that fit", "ES256", json.dumps(two), "several keys of the set"),
            ("none that fits", "ES256", json.dumps(none), "no private key of the set"),
            ("a secret for ES256", "ES256", json.dumps({"kty": "oct", "k": secret(32)}),
             "takes a private key, not a secret"),
            ("password", "ES256", pem(p256, s.BestAvailableEncryption(b"x")), "has a password"),
            ("garbage", "ES256", "no key at all", "neither a PEM nor a JWK"),
            ("RSA of 1024 bits", "RS256", pem(weak), "weak"),
            ("PS256 for RS256", "RS256",
             json.dumps({**RSAKey.import_key(pem(good)).as_dict(private=True), "alg": "PS256"}), fits),
            ("short secret", "HS256", json.dumps({"kty": "oct", "k": secret(31)}),
             "shorter than the hash of HS256"),
            ("PEM for HS256", "HS256", pem(p256), "takes a shared secret"),
        ]
        names = ("name", "algorithm", "text", "reason")
        print(json.dumps([dict(zip(names, file)) for file in files]))
        """
}
