import Foundation
import SignetAuthority
import SignetCrypto
import SignetHandlers
import TestSupport
import Testing

@testable import SignetStorage

/// frontend.md, `/jwt`.
@Suite("JWTs of accounts")
struct FrontendJWTTests {
    @Test("have the caller's claims, and the token's own where both have one")
    func claims() async throws {
        let user = try await FrontendUser.make()
        let shown = try await user.signedIn()
        let answer = try await user.call(
            "POST", "jwt", bearer: shown.jwt,
            json: #"{"claims":{"a":[1, {"b":null}],"sub":"9","jti":"x","iat":1,"exp":1,"#
                + #""permissions":["write:admin"],"restrictions":[],"iss":"x","nb\u0066":5,"é":1.0},"#
                + #""permissions":["read:media","read:user"],"long-term-token":false}"#)
        #expect(answer.status == 200)
        #expect(answer.field("cache-control") == ["no-store"])
        #expect(Set(try answer.object().keys) == ["token", "expire"])
        let token = try answer.string("token")
        let claims = try FrontendUser.claims(of: token)
        let issued = try #require(claims["iat"] as? Int)
        // Byte for byte as they were sent.
        #expect(
            try TokenText(token).claims
                == #"{"sub":"\#(user.id)","jti":"\#(shown.session)","iat":\#(issued),"#
                + #""exp":\#(issued + 3 * 3600),"permissions":["read:media","read:user"],"#
                + #""a":[1, {"b":null}],"nb\u0066":5,"é":1.0}"#)
        let expire = ISO8601DateFormatter().string(
            from: Date(timeIntervalSince1970: TimeInterval(issued + 3 * 3600)))
        #expect(try answer.string("expire") == expire)
        // It allows what it says.
        #expect(try await user.status(token) == 200)
        #expect(try await user.call("DELETE", "session", bearer: token).status == 403)
        #expect(try await user.user.check(token).status == 200)
        // It dies with its session, which it may end.
        #expect(try await user.call("DELETE", "sign-out", bearer: token).status == 200)
        for jwt in [token, shown.jwt] {
            #expect(try await user.status(jwt) == 401)
            #expect(try await user.user.check(jwt).status == 401)
        }
    }

    @Test("need nothing in the body, and never outlive their session")
    func standard() async throws {
        let user = try await FrontendUser.make()
        let short = try await user.signedIn(#","long-term-token":false"#)
        let end = try #require(try FrontendUser.claims(of: short.jwt)["exp"] as? Int)
        let none = try await user.call("POST", "jwt", bearer: short.jwt)
        for answer in [none, try await user.call("POST", "jwt", bearer: short.jwt, json: "{}")] {
            let claims = try FrontendUser.claims(of: try answer.string("token"))
            #expect(claims["exp"] as? Int == end)
            #expect((claims["permissions"] as? [String])?.count == 11)
        }
    }

    @Test("grant only what the caller has")
    func permissions() async throws {
        let user = try await FrontendUser.make()
        let jwt = try await user.signedIn().jwt
        let narrow = try await user.jwt(jwt, #"{"permissions":["read:media"]}"#)
        for (bearer, wish) in [(jwt, "write:billing"), (jwt, "read:admin"), (narrow, "read:user")] {
            let answer = try await user.call(
                "POST", "jwt", bearer: bearer, json: #"{"permissions":["\#(wish)"]}"#)
            #expect(answer.status == 403)
            #expect(answer.text == FrontendMessage.notHad)
        }
        let same = try await user.jwt(narrow)
        #expect(try FrontendUser.claims(of: same)["permissions"] as? [String] == ["read:media"])
        #expect(try await user.jwt(jwt, #"{"permissions":[]}"#) != "")
    }

    @Test("of an API token's bearer have its bounds, and end when it is changed or deleted")
    func ofAPIToken() async throws {
        let user = try await FrontendUser.make()
        let own = try await user.signedIn()
        for method in ["PUT", "DELETE"] {
            let begun = ContinuousClock.now
            let token = try await user.apiToken(
                own.jwt,
                #"{"permissions":["read:user","read:media"],"restrictions":["cdn"],"ttl":10000}"#)
            let jwt = try await user.jwt(token)
            let claims = try FrontendUser.claims(of: jwt)
            #expect(claims["permissions"] as? [String] == ["read:media", "read:user"])
            #expect(claims["restrictions"] as? [String] == ["cdn"])
            let life = try #require(claims["exp"] as? Int) - (try #require(claims["iat"] as? Int))
            // It ends with the API token, which began earlier.
            let passed = Int((ContinuousClock.now - begun).components.seconds) + 2
            #expect((10_000 - passed...10_000).contains(life))
            let session = try FrontendUser.session(of: jwt)
            #expect(try await user.sessions(own.jwt) == [own.session, session])
            #expect(try await user.status(jwt) == 200)
            // Nor does a token of it hand out more.
            #expect(
                try await user.call(
                    "POST", "jwt", bearer: jwt, json: #"{"permissions":["write:user"]}"#
                ).status == 403)
            let answer = try await user.call(
                method, "api-token/\(token)", bearer: own.jwt, json: "{}")
            #expect(answer.status < 300)
            for _ in 0..<8 {
                #expect(try await user.status(jwt) == 401)
                #expect(try await user.user.check(jwt).status == 401)
            }
        }
    }

    @Test("have a time before which they are refused, when it is wished")
    func notBefore() async throws {
        let user = try await FrontendUser.make()
        let jwt = try await user.signedIn().jwt
        let later = try await user.jwt(jwt, #"{"claims":{"nbf":9999999999}}"#)
        #expect(try await user.status(later) == 401)
        #expect(try await user.user.check(later).status == 401)
        #expect(try await user.status(try await user.jwt(jwt, #"{"claims":{"nbf":1}}"#)) == 200)
        let wrong = try await user.call(
            "POST", "jwt", bearer: jwt, json: #"{"claims":{"nbf":"1"}}"#)
        #expect(wrong.status == 400)
        #expect(wrong.text.contains("#/claims/nbf: This must be a whole number of seconds."))
    }

    @Test(
        "are refused with fields of another kind",
        arguments: [
            ("claims", "[]"), ("claims", #""x""#),
            ("claims", #"{"a":"\#(String(repeating: "a", count: 3065))"}"#),
            ("permissions", #"["x"]"#), ("long-term-token", "1"),
        ])
    func fields(_ name: String, _ value: String) async throws {
        let user = try await FrontendUser.make()
        let answer = try await user.call(
            "POST", "jwt", bearer: try await user.signedIn().jwt, json: #"{"\#(name)":\#(value)}"#)
        #expect(answer.status == 400)
        #expect(answer.text.contains(##""context":{"body":["#/\##(name): "##))
        let form = try await user.call(
            "POST", "jwt", bearer: try await user.signedIn().jwt, form: "long-term-token=true")
        #expect(form.status == 415)
    }

    @Test(
        "may be signed by a private key, which PyJWT and joserfc find in the key set",
        arguments: [Algorithm.es256, .eddsa, .rs256, .ps256])
    func asymmetric(_ algorithm: Algorithm) async throws {
        let server = try await TestServer { $0.frontend.algorithm = algorithm }
        let user = try await FrontendUser.make(server)
        let jwt = try await user.signedIn().jwt
        #expect(try TokenText(jwt).header.contains(#""alg":"\#(algorithm.name)""#))
        #expect(try await user.status(jwt) == 200)
        let answer = try await user.user.check(jwt)
        #expect(answer.field("x-auth-realm") == ["frontend"])
        #expect(answer.field("x-auth-session") == [try FrontendUser.session(of: jwt)])
        let parts = jwt.components(separatedBy: ".")
        let forged = "\(parts[0]).\(parts[1]).\(String(parts[2].reversed()))"
        #expect(try await user.status(forged) == 401)
        #expect(try await user.user.check(forged).status == 401)
        let script = """
            import jwt, json, sys, urllib.request
            from joserfc import jwt as jose
            from joserfc.jwk import KeySet
            url, token, algorithm, user = sys.argv[1:]
            key = jwt.PyJWKClient(url).get_signing_key_from_jwt(token)
            claims = jwt.decode(token, key, algorithms=[algorithm])
            assert claims["sub"] == user and "read:user" in claims["permissions"], claims
            keys = KeySet.import_key_set(json.load(urllib.request.urlopen(url)))
            again = jose.decode(token, keys, algorithms=[algorithm])
            assert again.claims == claims
            """
        let url = "http://127.0.0.1:\(server.port)/.well-known/jwks.json"
        _ = try await Task.detached {
            try Python.run(script, arguments: [url, jwt, algorithm.name, "\(user.id)"])
        }.value
        await server.stop()
    }

    @Test("stay good when the algorithm is another, until their key is revoked")
    func otherAlgorithm() async throws {
        let server = try await TestServer()
        let user = try await FrontendUser.make(server)
        let old = try await user.signedIn().jwt
        let apps = server.authority.apps
        let oldKey = try #require(
            server.authority.keyRing.keys.current.active(app: Realm.frontend.number))
        _ = try await apps.rotateKey(of: .frontend, .es256, at: 1_795_305_600_000)
        #expect(try await user.status(old) == 200)
        #expect(try await apps.revokeKey(oldKey.id, of: .frontend))
        #expect(try await user.status(old) == 401)
        #expect(try await user.user.check(old).status == 401)
        #expect(try await user.status(try await user.signedIn().jwt) == 200)
        await server.stop()
    }
}
