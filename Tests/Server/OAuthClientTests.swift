import Foundation
import TestSupport
import Testing

/// OAuth clients and JOSE libraries that we did not write, against the real server.
@Suite("OAuth clients")
struct OAuthClientTests {
    /// What the scripts are told, as JSON.
    private struct Task: Encodable {
        let server: String
        var id = ""
        var key = ""
        var refreshToken = ""
        /// By algorithm: an app's id and key.
        var apps: [String: [String]] = [:]
    }

    private func run(_ script: String, _ task: Task) throws -> String {
        let output = try Python.run(Self.prelude + script, input: try JSONEncoder().encode(task))
        return String(decoding: output, as: UTF8.self)
    }

    private static let prelude = """
        import json, os, sys
        os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
        import jwt, requests
        from authlib.integrations.requests_client import OAuth2Session
        from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
        from authlib.oauth2.rfc9068 import JWTBearerTokenValidator

        task = json.load(sys.stdin)
        server, client_id, secret = task["server"], task["id"], task["key"]

        def metadata():
            url = server + get_well_known_url(server)
            return AuthorizationServerMetadata(requests.get(url).json())


        """

    private static func url(_ server: SignetProcess) -> String { "http://127.0.0.1:\(server.port)" }

    @Test("Authlib finds the endpoints, gets, introspects and revokes tokens, both ways to log in")
    func authlib() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server)
        let script = """
            meta = metadata()
            meta.validate()
            assert meta["issuer"] == server
            for method in meta["token_endpoint_auth_methods_supported"]:
                with OAuth2Session(client_id, secret, scope="read write",
                        token_endpoint_auth_method=method,
                        revocation_endpoint_auth_method=method) as session:
                    token = session.fetch_token(
                        meta["token_endpoint"], grant_type="client_credentials")
                    assert token["token_type"] == "Bearer" and token["expires_in"] == 3600
                    assert token["scope"] == "read write" and "refresh_token" not in token
                    text = token["access_token"]

                    answer = session.introspect_token(meta["introspection_endpoint"], token=text)
                    assert answer.status_code == 200, answer.text
                    claims = answer.json()
                    assert claims["active"] is True and claims["client_id"] == client_id
                    assert claims["iss"] == claims["aud"] == server

                    # The token itself opens a door.
                    assert session.get(server + "/auth/check").status_code == 200
                    answer = session.revoke_token(
                        meta["revocation_endpoint"], token=text, token_type_hint="access_token")
                    assert answer.status_code == 200, answer.text
                    answer = session.introspect_token(meta["introspection_endpoint"], token=text)
                    assert answer.json() == {"active": False}
                    assert session.get(server + "/auth/check").status_code == 401

            with OAuth2Session(client_id, "wrong") as session:
                try:
                    session.fetch_token(meta["token_endpoint"], grant_type="client_credentials")
                except Exception as error:
                    assert error.error == "invalid_client", error
                else:
                    raise AssertionError("a wrong secret was accepted")
            print("fine")
            """
        let task = Task(server: Self.url(server), id: app.id, key: app.key)
        #expect(try run(script, task) == "fine\n")
    }

    @Test("Authlib refreshes the pairs of sign")
    func refresh() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server)
        let pair = try app.pair(on: server.connect())
        let script = """
            with OAuth2Session(client_id, secret) as session:
                token = session.refresh_token(
                    server + "/oauth/token", refresh_token=task["refreshToken"])
                assert token["refresh_token"] != task["refreshToken"]
                again = session.refresh_token(
                    server + "/oauth/token", refresh_token=token["refresh_token"])
                print(token["access_token"], again["access_token"])
            """
        let task = Task(
            server: Self.url(server), id: app.id, key: app.key, refreshToken: pair.refreshToken)
        let tokens = try run(script, task).split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(tokens.count == 2)
        let connection = try server.connect()
        #expect(try !app.verifies(pair.authToken, on: connection))
        #expect(try !app.verifies(tokens[0], on: connection))
        #expect(try app.verifies(tokens[1], on: connection))
    }

    @Test("Authlib takes the metadata of a server behind TLS as they are")
    func publicURL() throws {
        let issuer = "https://tokens.example.org/signet"
        let server = try SignetProcess(["--set", "public_url=\(issuer)/"])
        let app = try AppAccount.create(on: server)
        let script = """
            del os.environ["AUTHLIB_INSECURE_TRANSPORT"]
            for name in ("oauth-authorization-server", "openid-configuration",
                    "oauth-authorization-server/signet"):
                answer = requests.get(server + "/.well-known/" + name)
                meta = AuthorizationServerMetadata(answer.json())
                meta.validate()
                assert meta["jwks_uri"] == meta["issuer"] + "/.well-known/jwks.json"
            answer = requests.post(server + "/oauth/token", auth=(client_id, secret),
                data={"grant_type": "client_credentials"})
            claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
            print(meta["issuer"], claims["iss"], claims["aud"])
            """
        let task = Task(server: Self.url(server), id: app.id, key: app.key)
        #expect(try run(script, task) == "\(issuer) \(issuer) \(issuer)\n")
    }

    @Test("PyJWT, joserfc and Authlib verify tokens of every algorithm by the JWKS")
    func jwks() throws {
        let server = try SignetProcess()
        var apps: [String: [String]] = [:]
        for (type, names) in [
            ("RSA", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]),
            ("ECDSA", ["ES256", "ES384", "ES512"]), ("OKP", ["EdDSA"]),
            ("OCT", ["HS256", "HS384", "HS512"]),
        ] {
            for name in names {
                let app = try AppAccount.create(on: server, algorithm: name, keyType: type)
                apps[name] = [app.id, app.key]
            }
        }
        let script = """
            from joserfc import jwt as jose
            from joserfc.jwk import KeySet

            meta = metadata()
            document = requests.get(meta["jwks_uri"]).json()
            everybody = jwt.PyJWKClient(meta["jwks_uri"])
            keys = KeySet.import_key_set(document)
            assert len(keys.keys) == 10

            class Validator(JWTBearerTokenValidator):
                def get_jwks(self):
                    return document

            body = {"sub": "ada", "aud": "web", "ip": "192.0.2.7", "useragent": "tests"}
            for name, (app, key) in task["apps"].items():
                access = requests.post(meta["token_endpoint"], auth=(app, key), data={
                    "grant_type": "client_credentials", "audience": "api", "scope": "a"}).json()
                pair = requests.post(f"{server}/app/{app}/sign", json=body,
                    headers={"Authorization": key}).json()
                own = f"{server}/app/{app}/.well-known/jwks.json"
                if name.startswith("HS"):
                    # Secrets are in no document.
                    assert requests.get(own).json() == {"keys": []}
                    assert pair["key_id"] not in [each["kid"] for each in document["keys"]]
                    continue
                for token, audience in ((access["access_token"], "api"),
                        (pair["auth_token"], "web")):
                    for client in (everybody, jwt.PyJWKClient(own)):
                        found = client.get_signing_key_from_jwt(token)
                        assert found.key_id == pair["key_id"]
                        claims = jwt.decode(token, found, algorithms=[name], audience=audience)
                    assert jose.decode(token, keys, algorithms=[name]).claims == claims
                if name in ("RS256", "ES256"):
                    validator = Validator(meta["issuer"], "api")
                    token = validator.authenticate_token(access["access_token"])
                    validator.validate_token(token, ["a"], None)
                print(name)
            """
        let names = try run(script, Task(server: Self.url(server), apps: apps))
            .split(separator: "\n").sorted()
        #expect(names.count == 10)
        #expect(names.map(String.init) == apps.keys.filter { !$0.hasPrefix("HS") }.sorted())
    }

    @Test("curl -u gets, introspects and revokes a token, its key as it was shown")
    func curl() throws {
        let server = try SignetProcess()
        // One with both characters that the form encoding would change.
        var app = try AppAccount.create(on: server)
        while !(app.key.contains("+") && app.key.contains("/")) {
            app = try AppAccount.create(on: server)
        }
        func post(_ path: String, _ data: String...) throws -> [String: Any] {
            let arguments =
                [
                    "--silent", "--show-error", "--fail-with-body", "-u", "\(app.id):\(app.key)",
                    Self.url(server) + path,
                ] + data.flatMap { ["-d", $0] }
            let process = try ChildProcess(
                try ChildProcess.find("curl"), arguments, environment: [:],
                in: server.folder.path())
            #expect(try process.waitForEnd() == .exited(0), "\(process.outputText)")
            let object = try JSONSerialization.jsonObject(with: Data(process.outputText.utf8))
            return try #require(object as? [String: Any])
        }
        let answer = try post("/oauth/token", "grant_type=client_credentials", "scope=read write")
        #expect(answer["scope"] as? String == "read write")
        let token = try #require(answer["access_token"] as? String)
        #expect(try post("/oauth/introspect", "token=\(token)")["active"] as? Bool == true)
        #expect(try post("/oauth/revoke", "token=\(token)").isEmpty)
        #expect(try post("/oauth/introspect", "token=\(token)")["active"] as? Bool == false)
    }

    @Test("what was revoked stays so after a crash")
    func crash() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server)
        let script = """
            auth = (client_id, secret)
            tokens = [requests.post(server + "/oauth/token", auth=auth, data={
                "grant_type": "client_credentials"}).json()["access_token"] for _ in range(2)]
            answer = requests.post(server + "/oauth/revoke", auth=auth, data={"token": tokens[0]})
            assert answer.status_code == 200
            print(*tokens)
            """
        let tokens = try run(script, Task(server: Self.url(server), id: app.id, key: app.key))
            .split(whereSeparator: \.isWhitespace)
        #expect(tokens.count == 2)
        #expect(try server.stop(SIGKILL) == .killed(signal: SIGKILL))
        let again = try SignetProcess(in: server.folder)
        let statuses = try tokens.map {
            try again.connect().call("GET", "/auth/check", key: "Bearer \($0)").status
        }
        #expect(statuses == [401, 200])
    }
}
