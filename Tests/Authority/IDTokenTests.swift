import Foundation
import SignetCrypto
import TestSupport
import Testing

@testable import SignetAuthority

/// Tokens that joserfc has made, good ones and those that must not pass.
@Suite("IDToken")
struct IDTokenTests {
    private struct Made: Decodable {
        let jwks: String
        let good: [String: String]
        let refused: [String: String]
        let unknownKey: [String: String]
    }

    private static let script = """
        import base64, hmac, json, sys, warnings
        warnings.simplefilter("ignore")
        from joserfc import jws
        from joserfc.jwk import ECKey, OKPKey, RSAKey

        now = int(sys.argv[1])
        rsa = RSAKey.generate_key(2048, {"kid": "rsa"}, auto_kid=False)
        ec = ECKey.generate_key("P-256", {"kid": "ec", "alg": "ES256"}, auto_kid=False)
        okp = OKPKey.generate_key("Ed25519", {"kid": "okp"}, auto_kid=False)
        other = RSAKey.generate_key(2048, {"kid": "rsa"}, auto_kid=False)
        names = ["RS256", "PS256", "RS512", "ES256", "EdDSA"]
        usual = {"iss": "https://id.example.org", "aud": "shop", "sub": "1", "exp": now + 60, "iat": now,
            "email": "ann@example.org", "email_verified": True, "name": "Ann"}

        def token(key=rsa, alg="RS256", header=None, drop=(), **claims):
            header = {"alg": alg, "kid": "rsa"} if header is None else header
            payload = {**usual, **claims}
            for name in drop:
                del payload[name]
            return jws.serialize_compact(
                header, json.dumps(payload).encode(), key,
                registry=jws.JWSRegistry(algorithms=names, strict_check_header=False))

        def plain(header, signature=""):
            parts = [json.dumps(header), json.dumps(usual)]
            return ".".join(
                base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts
            ) + "." + signature

        def confused(header):
            body = plain(header).rstrip(".")
            tag = hmac.digest(rsa.as_pem(private=False), body.encode(), "sha256")
            return body + "." + base64.urlsafe_b64encode(tag).decode().rstrip("=")

        good = {
            "RS256": token(), "PS256": token(alg="PS256"), "RS512": token(alg="RS512"),
            "ES256": token(ec, "ES256", {"alg": "ES256", "kid": "ec"}),
            "EdDSA": token(okp, "EdDSA", {"alg": "EdDSA", "kid": "okp"}),
            "no kid, one key fits": token(okp, "EdDSA", {"alg": "EdDSA"}),
            "typ": token(header={"alg": "RS256", "kid": "rsa", "typ": "JWT"}),
            "list of one": token(aud=["shop"]), "azp": token(azp="shop"),
            "several with azp": token(aud=["shop", "api"], azp="other"),
            "verified as text": token(email_verified="true"), "slow clock": token(iat=now + 30),
            "dates with fractions": token(exp=now + 60.5, iat=now + 0.5),
        }
        refused = {
            "none": plain({"alg": "none"}), "none with kid": plain({"alg": "none", "kid": "rsa"}),
            "public key as secret": confused({"alg": "HS256", "kid": "rsa"}),
            "another's signature": token(other), "no signature": plain({"alg": "RS256", "kid": "rsa"}),
            "issuer with slash": token(iss="https://id.example.org/"), "no issuer": token(drop=["iss"]),
            "audience": token(aud="api"), "audiences": token(aud=["api"]), "no audience": token(drop=["aud"]),
            "several, no azp": token(aud=["shop", "api"]), "azp of another": token(azp="api"),
            "azp is no text": token(azp=["shop"]), "expired": token(exp=now),
            "no exp": token(drop=["exp"]), "exp is text": token(exp=str(now + 60)),
            "no iat": token(drop=["iat"]), "future": token(iat=now + 61), "not yet": token(nbf=now + 61),
            "no sub": token(drop=["sub"]), "empty sub": token(sub=""),
            "not verified": token(email_verified=False), "verification unknown": token(drop=["email_verified"]),
            "verified is 1": token(email_verified=1), "no address": token(drop=["email"]),
            "no mail address": token(email="ann"), "two addresses": token(email=["ann@example.org"]),
            "access token": token(header={"alg": "RS256", "kid": "rsa", "typ": "at+jwt"}),
            "critical": plain({"alg": "RS256", "kid": "rsa", "crit": ["x"], "x": 1}, "AAAA"),
            "nonsense": "a.b.c", "empty": "", "large": token(x="x" * 20000),
        }
        unknown = {
            "kid": token(header={"alg": "RS256", "kid": "new"}),
            "kid of another type": token(header={"alg": "RS256", "kid": "ec"}),
            "alg of another key": token(ec, "ES256", {"alg": "ES256", "kid": "rsa"}),
        }
        keys = [key.as_dict(private=False) for key in (rsa, ec, okp)]
        print(json.dumps({
            "jwks": json.dumps({"keys": keys}), "good": good, "refused": refused,
            "unknownKey": unknown}))
        """

    private static let made: Result<Made, any Error> = Result {
        let output = try Python.run(script, arguments: ["\(Bench.now / 1000)"])
        return try JSONDecoder().decode(Made.self, from: output)
    }

    private func verdict(_ text: String, _ keys: JWKSet) -> IDToken.Verdict {
        IDToken(
            text: Array(text.utf8), issuer: "https://id.example.org", clientIDs: ["shop", "other"]
        ).verdict(keys, at: Bench.now / 1000)
    }

    @Test("takes what the issuer signed for one of our clients, with an address that it verified")
    func good() throws {
        let made = try Self.made.get()
        let keys = try JWKSet(Array(made.jwks.utf8))
        let ann = ProviderIdentity(
            email: try #require(EmailAddress(Array("ann@example.org".utf8))),
            name: UserName(Array("Ann".utf8)))
        #expect(made.good.count == 13)
        for (name, token) in made.good {
            guard case .genuine(let identity) = verdict(token, keys) else {
                Issue.record("\(name) is refused")
                continue
            }
            #expect(identity == ann)
        }
    }

    @Test("refuses everything else")
    func refused() throws {
        let made = try Self.made.get()
        let keys = try JWKSet(Array(made.jwks.utf8))
        #expect(made.refused.count == 32)
        for (name, token) in made.refused {
            guard case .refused = verdict(token, keys) else {
                Issue.record("\(name) is not refused")
                continue
            }
        }
    }

    @Test("tells a key that is not known from a wrong signature")
    func unknownKey() throws {
        let made = try Self.made.get()
        let keys = try JWKSet(Array(made.jwks.utf8))
        #expect(made.unknownKey.count == 3)
        for (name, token) in made.unknownKey {
            guard case .unknownKey = verdict(token, keys) else {
                Issue.record("\(name)")
                continue
            }
        }
    }
}
