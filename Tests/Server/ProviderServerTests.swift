import Foundation
import TestSupport
import Testing

/// Sign-in by an OpenID provider (oidc-provider-mock, over TLS) at the real binary.
@Suite("Providers of a server")
struct ProviderServerTests {
    private struct Bench {
        let server: OutboundServer
        let peer: ProviderPeer
        let signet: SignetProcess

        /// - Parameter patience: how long a provider may take. A busy machine takes long, too.
        init(_ arguments: [String] = [], patience: String = "60s") throws {
            server = try OutboundServer()
            peer = try ProviderPeer(server.certificates, in: server.folder)
            let providers =
                "name=mock issuer=\(peer.issuer) client_ids=shop,other; "
                + "name=hub userinfo_url=\(peer.issuer)/userinfo"
            signet = try server.start(
                mailPort: 1, providers: providers,
                ["--set", "outbound.timeout=\(patience)"] + arguments)
        }

        func signIn(
            _ token: String, by provider: String = "mock", _ further: String = ""
        ) throws -> HTTPAnswer {
            try OutboundServer.post(
                "/oauth-sign-in",
                #"{"oauth-provider-token":{"provider":"\#(provider)","token":"\#(token)"}\#(further)}"#,
                on: signet)
        }
    }

    @Test("vouch for users by ID tokens and by userinfo, who are made once and found again")
    func signIn() throws {
        let bench = try Bench()
        let tokens = try bench.peer.tokens(for: "ann")
        let first = try bench.signIn(tokens.id)
        #expect(first.status == 200, "\(first)")
        let answer = try #require(first.object)
        #expect(answer["email"] as? String == "ann@example.org")
        #expect(answer["status"] as? String == "active")
        #expect((answer["check-auth-result"] as? [String: Any])?["ok"] as? Bool == true)
        let shown = try #require(answer["oauth-provider-tokens"] as? [[String: String]])
        #expect(shown == [["provider": "mock", "token": tokens.id]])
        let jwt = try #require((answer["jwt-token"] as? [String: String])?["token"])
        let sessions = try bench.signet.connect().call(
            "GET", "\(OutboundServer.path)/session", key: "Bearer \(jwt)")
        #expect(sessions.status == 200)

        let other = try bench.peer.tokens(for: "ann", client: "other")
        #expect(try bench.signIn(other.id).object?["user-id"] as? Int == answer["user-id"] as? Int)
        let hub = try bench.signIn(tokens.access, by: "hub")
        #expect(hub.status == 200, "\(hub)")
        #expect(hub.object?["user-id"] as? Int == answer["user-id"] as? Int)
    }

    @Test("are shown in forms and cookies, too")
    func carriers() throws {
        let bench = try Bench()
        let tokens = try bench.peer.tokens(for: "bob")
        let connection = try bench.signet.connect()
        let target = "\(OutboundServer.path)/oauth-sign-in"
        let form = "Content-Type: application/x-www-form-urlencoded"
        let plain = try connection.call(
            "POST", target, fields: [form],
            body: "oauth-token=\(tokens.id)&oauth-provider-name=mock&email=BOB@example.org")
        #expect(plain.status == 200, "\(plain)")
        let object = "%7B%22provider%22:%22mock%22,%22token%22:%22\(tokens.id)%22%7D"
        let nested = try connection.call(
            "POST", target, fields: [form], body: "oauth-token=\(object)")
        #expect(nested.status == 200, "\(nested)")
        let cookie =
            "Cookie: oauth-provider-name=mock; oauth-email=bob%40example.org; "
            + "oauth-provider-token=\(tokens.id)"
        #expect(try connection.call("POST", target, fields: [cookie]).status == 200)
        let foreign = try connection.call(
            "POST", target, fields: [cookie, "Sec-Fetch-Site: cross-site"])
        #expect(foreign.status == 403)
        let wrong = try connection.call(
            "POST", target,
            fields: [cookie.replacing("bob%40", with: "ann%40")])
        #expect(wrong.status == 401)
    }

    @Test("let nobody in by a token for others, of others, or for an address that is not verified")
    func refusals() throws {
        let bench = try Bench()
        let tokens = try bench.peer.tokens(for: "ann")
        let stranger = try bench.peer.tokens(for: "ann", client: "stranger")
        let parts = tokens.id.split(separator: ".")
        let tampered = "\(parts[0]).\(parts[1]).\(String(parts[2].reversed()))"
        var refused = [(stranger.id, "mock"), (tampered, "mock"), (tokens.access, "mock")]
        refused += [("nonsense", "hub"), ("a b", "hub")]
        for subject in ["eve", "joe"] {
            let tokens = try bench.peer.tokens(for: subject)
            refused += [(tokens.id, "mock"), (tokens.access, "hub")]
        }
        for (token, provider) in refused {
            let answer = try bench.signIn(token, by: provider)
            #expect(answer.status == 401, "\(provider) \(answer)")
            #expect(answer.object?["code"] as? String == "UNAUTHENTICATED")
            let check = try bench.signIn(token, by: provider, #","check-auth":true"#).object
            #expect((check?["check-auth-result"] as? [String: Any])?["ok"] as? Bool == false)
            #expect(check?["jwt-token"] == nil)
        }
        #expect(try bench.signIn(tokens.id, by: "nobody").status == 400)
        #expect(try OutboundServer.post("/oauth-sign-in", "{}", on: bench.signet).status == 400)
        // None of them made a user.
        let listed = try Signet.run(
            ["user", "list", "--data", bench.server.folder.path("data")], in: bench.server.folder)
        #expect(!listed.output.contains("example.org"))
    }

    @Test("only say who somebody is when that is all that is asked")
    func check() throws {
        let bench = try Bench()
        let tokens = try bench.peer.tokens(for: "ann")
        let before = try bench.signIn(tokens.id, #","check-auth":true"#).object
        #expect(before?["status"] as? String == "anonymous")
        #expect(before?["user-id"] as? Int == 0)
        #expect(before?["jwt-token"] == nil)
        try bench.signet.createUser("ann")
        let after = try bench.signIn(tokens.id, #","check-auth":true"#).object
        #expect(after?["status"] as? String == "active")
        #expect(after?["jwt-token"] == nil && after?["api-token"] == nil)
    }

    @Test("take the password of who signed up with their address and never verified it")
    func adoption() throws {
        let bench = try Bench()
        #expect(try OutboundServer.signUp("ann", on: bench.signet).status == 202)
        let tokens = try bench.peer.tokens(for: "ann")
        let answer = try bench.signIn(tokens.id)
        #expect(answer.object?["status"] as? String == "active", "\(answer)")
        #expect(try OutboundServer.signIn("ann", on: bench.signet).status == 401)
    }

    @Test("may hang and die: who needs them is told so, others are answered in time")
    func outage() throws {
        let bench = try Bench(patience: "10s")
        let tokens = try bench.peer.tokens(for: "ann")
        #expect(try bench.signIn(tokens.id).status == 200)
        bench.peer.stop()
        let waiting = try bench.signet.connect()
        let body = #"{"oauth-provider-token":{"provider":"hub","token":"\#(tokens.access)"}}"#
        try waiting.send(
            HTTPConnection.request(
                "POST", "\(OutboundServer.path)/oauth-sign-in", fields: [OutboundServer.json],
                body: body))
        // Keys are known, and health is nobody's business: both while the other waits.
        let start = ContinuousClock.now
        #expect(try bench.signet.connect().call("GET", "/health").status == 200)
        #expect(try bench.signIn(tokens.id).status == 200)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let answer = try waiting.readAnswer()
        #expect(answer.status == 503)
        #expect(answer.object?["code"] as? String == "UNAVAILABLE")
        #expect(answer.fields["retry-after"] != nil)
        #expect((ContinuousClock.now - start) / .seconds(1) >= seconds)

        bench.peer.kill()
        #expect(try bench.signIn(tokens.access, by: "hub").status == 503)
        #expect(try bench.signIn(tokens.id).status == 200)
        #expect(bench.signet.process.waitForErrors("the provider hub can't be asked") != nil)
        #expect(!bench.signet.process.errorText.contains(tokens.access))
        let again = try ProviderPeer(
            bench.server.certificates, port: bench.peer.port, in: bench.server.folder)
        let fresh = try again.tokens(for: "ann")
        #expect(try bench.signIn(fresh.access, by: "hub").status == 200)
        // Whoever waits for a provider does not hold up the end.
        again.stop()
        try waiting.send(
            HTTPConnection.request(
                "POST", "\(OutboundServer.path)/oauth-sign-in", fields: [OutboundServer.json],
                body: #"{"oauth-provider-token":{"provider":"hub","token":"\#(fresh.access)"}}"#))
        #expect(try bench.signet.stop() == .exited(0))
    }

    @Test("are missed alone where libcurl is missing, and the log says what to install")
    func missingLibrary() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("no library", to: "libcurl.so.4")
        let server = try SignetProcess(
            in: folder, ["--set", "providers=name=hub userinfo_url=https://localhost/"],
            environment: ["LD_LIBRARY_PATH": folder.path()])
        let line = try #require(server.process.waitForErrors("libcurl4"))
        #expect(line.contains("providers can't work"))
        let answer = try OutboundServer.post(
            "/oauth-sign-in", #"{"oauth-provider-token":{"provider":"hub","token":"t"}}"#,
            on: server)
        #expect(answer.status == 503)
        #expect(try server.connect().call("GET", "/health").status == 200)
        #expect(try server.stop() == .exited(0))
    }
}
