import Foundation
import SignetCrypto
import SignetHandlers
import Testing

@testable import SignetAuthority
@testable import SignetStorage

/// The realms that there are (README.md of the contract): a token of one is refused by the others.
@Suite("Realms")
struct RealmTests {
    /// Everybody on one server, and a token of each kind.
    private struct World {
        let client: OAuthClient
        let user: NamedTokenUser
        let tokens: [Kind: String]
        let namedID: String

        /// - Parameter server: one whose sessions of accounts have tokens by the same algorithm.
        init(_ algorithm: Algorithm, _ server: TestServer) async throws {
            client = OAuthClient(server: server, app: try await server.createApp(algorithm))
            user = try await NamedTokenUser.make(server)
            let pair = try await client.pair()
            let named = try await user.token()
            namedID = named.id
            let signedIn = try await SignInUser(user: user).signIn()
            let shown = try await FrontendUser(user: user).signedIn()
            tokens = [
                .auth: pair.auth, .refresh: pair.refresh,
                .access: try await client.accessToken(), .named: named.text,
                .signInRefresh: signedIn.refresh, .signInAccess: signedIn.access,
                .session: shown.jwt, .apiToken: shown.apiToken,
            ]
        }
    }

    enum Kind: CaseIterable {
        case auth, refresh, access, named, signInRefresh, signInAccess
        /// Of accounts and sessions.
        case session, apiToken
    }

    /// What takes tokens, and of which kinds.
    enum Door: CaseIterable {
        case verify, introspect, renew, refreshGrant, namedTokens
        case me, meAsCookie, signInToken, signOut
        case frontendAsBearer, frontendAsJWT, frontendAsToken, frontendAsCookie, showAPIToken
        case checkAsBearer, checkAsCookie, checkAsSessionCookie

        var takes: Set<Kind> {
            switch self {
            case .verify: [.auth, .refresh]
            case .introspect: [.auth, .refresh, .access]
            case .renew, .refreshGrant: [.refresh]
            case .namedTokens: []
            case .me: [.signInAccess]
            case .meAsCookie, .signInToken, .signOut: [.signInRefresh]
            case .frontendAsBearer: [.session, .apiToken]
            case .frontendAsJWT, .frontendAsCookie: [.session]
            case .frontendAsToken, .showAPIToken: [.apiToken]
            case .checkAsBearer: [.auth, .access, .named, .signInAccess, .session, .apiToken]
            case .checkAsCookie: [.auth, .access, .named, .signInAccess, .session]
            case .checkAsSessionCookie: [.signInRefresh]
            }
        }
    }

    @Test(
        "take the tokens that are theirs and no others: the full cross table",
        arguments: Door.allCases, [Algorithm.hs256, .es256])
    func crossTable(_ door: Door, _ algorithm: Algorithm) async throws {
        let server = try await TestServer { $0.frontend.algorithm = algorithm }
        for kind in Kind.allCases {
            // New ones for each: some doors use a token up.
            let world = try await World(algorithm, server)
            let token = try #require(world.tokens[kind])
            let isTaken = try await open(door, token, world, kind)
            #expect(isTaken == door.takes.contains(kind), "\(door), \(kind)")
        }
        await server.stop()
    }

    private func open(
        _ door: Door, _ token: String, _ world: World, _ kind: Kind
    ) async throws -> Bool {
        let (client, server) = (world.client, world.client.server)
        switch door {
        case .verify: return try await client.verifies(token)
        case .introspect: return try await client.isActive(token)
        case .renew:
            return try await server.call(
                "POST", "/app/\(client.app.id)/renew", key: client.app.key,
                body: #"{"refresh_token":"\#(token)","ip":"192.0.2.9","useragent":"a"}"#
            ).status == 200
        case .refreshGrant:
            return try await client.post(
                "/oauth/token", "grant_type=refresh_token&refresh_token=\(token)"
            ).status == 200
        case .namedTokens:
            return try await server.call("GET", NamedTokenUser.list, key: "Bearer \(token)").status
                != 401
        case .me: return try await SignInUser(user: world.user).me(token).status == 200
        case .meAsCookie:
            return try await server.call(
                "GET", "/api/rest/me", fields: ["Cookie: \(SignInUser.cookieName)=\(token)"]
            ).status == 200
        case .signInToken:
            return try await SignInUser(user: world.user).refresh(token).status == 201
        case .signOut: return try await SignInUser(user: world.user).signOut(token).status == 200
        case .frontendAsBearer: return try await frontend(server, bearer: token)
        case .frontendAsJWT: return try await frontend(server, query: "?jwt=\(token)")
        case .frontendAsToken: return try await frontend(server, query: "?token=\(token)")
        case .frontendAsCookie:
            return try await frontend(server, fields: ["Cookie: jwt=\(token)"])
        case .showAPIToken:
            let user = FrontendUser(user: world.user)
            return try await user.call(
                "GET", "api-token/\(token)", bearer: try await user.signedIn().jwt
            ).status == 200
        case .checkAsBearer, .checkAsCookie, .checkAsSessionCookie:
            let name = door == .checkAsCookie ? "jwt" : SignInUser.cookieName
            let answer =
                door == .checkAsBearer
                ? try await world.user.check(token)
                : try await server.call("GET", "/auth/check", fields: ["Cookie: \(name)=\(token)"])
            guard answer.status == 200 else { return false }
            let expected =
                switch kind {
                case .access: ("oauth", client.app.id)
                case .named: ("named-tokens", world.user.login)
                case .signInRefresh, .signInAccess: ("sign-in", world.user.login)
                case .session, .apiToken: ("frontend", "\(world.user.user.id)")
                default: ("app:\(client.app.id)", "test@test.com")
                }
            #expect(answer.field("x-auth-realm") == [expected.0])
            #expect(answer.field("x-auth-subject") == [expected.1])
            if kind == .named { #expect(answer.field("x-auth-session") == [world.namedID]) }
            if kind != .apiToken {
                #expect(answer.field("x-auth-claims") == [token.components(separatedBy: ".")[1]])
            }
            return true
        }
    }

    private func frontend(
        _ server: TestServer, bearer: String? = nil, query: String = "", fields: [String] = []
    ) async throws -> Bool {
        try await FrontendUser.call(
            server, "GET", "session\(query)", bearer: bearer, fields: fields
        ).status == 200
    }

    @Test("a named token ends no session, and logging out ends no named token")
    func ending() async throws {
        let world = try await World(.hs256, try await TestServer.shared.value)
        let named = try #require(world.tokens[.named])
        let logout = try await world.client.server.call(
            "POST", "/app/\(world.client.app.id)/logout", key: world.client.app.key,
            body: #"{"token":"\#(named)"}"#)
        #expect(logout.status == 200)
        #expect(try await world.client.post("/oauth/revoke", "token=\(named)").status == 200)
        #expect(try await world.user.check(named).status == 200)
        #expect(try await world.client.verifies(try #require(world.tokens[.auth])))
    }

    // MARK: Forged tokens, each with one thing wrong

    private static let header = #"{"typ":"JWT","alg":"HS256"}"#

    private func claims(_ user: NamedTokenUser, id: String, more: String = "") -> String {
        #"{"username":"\#(user.login)","jwt_token_id":"\#(id)","#
            + #""jwt_token_description":"token","exp":9999999999,"iat":1795305600\#(more)}"#
    }

    private func realmKey(_ server: TestServer) throws -> RealmKey {
        let keys = server.authority.keyRing.keys.current
        return try #require(keys.active(app: Realm.namedTokens.number))
    }

    @Test("refuse a token that is correctly signed and not registered")
    func unregistered() async throws {
        let user = try await NamedTokenUser.make()
        let (id, good) = try await user.token()
        let key = try realmKey(user.server).privateKey
        // What the server made itself can be made so: the key is the right one.
        let again = try TestApp.token(
            header: Self.header, claims: try TokenText(good).claims, signedWith: key)
        #expect(again == good)
        for claims in [
            claims(user, id: UUID().uuidString.lowercased()), claims(user, id: id),
            claims(user, id: id, more: #","admin":true"#), claims(user, id: "x"), "{}", "[]",
            try TokenText(good).claims.replacing(#""exp":"#, with: #""exp":9"#),
        ] {
            let token = try TestApp.token(header: Self.header, claims: claims, signedWith: key)
            #expect(try await user.check(token).status == 401, "\(claims)")
        }
    }

    @Test("refuse the key of another realm, in both directions")
    func foreignKeys() async throws {
        let user = try await NamedTokenUser.make()
        let app = try await user.server.createApp(.hs256)
        let (_, good) = try await user.token()
        let claims = try TokenText(good).claims
        let byApp = try TestApp.token(
            header: Self.header, claims: claims, signedWith: app.privateKey)
        #expect(try await user.check(byApp).status == 401)

        let realmKey = try realmKey(user.server)
        for (type, subject) in [("JWT", "ada"), ("at+jwt", app.id)] {
            let token = try TestApp.token(
                header: #"{"alg":"HS256","kid":"\#(realmKey.idText)","typ":"\#(type)"}"#,
                claims: #"{"sub":"\#(subject)","client_id":"\#(subject)","exp":9999999999}"#,
                signedWith: realmKey.privateKey)
            #expect(try await user.check(token).status == 401)
            let client = OAuthClient(server: user.server, app: app)
            #expect(try await !client.verifies(token))
            #expect(try await !client.isActive(token))
        }
        // Nor is a key of ours published.
        let jwks = try await user.server.call("GET", "/.well-known/jwks.json").text
        #expect(!jwks.contains(realmKey.idText))
    }

    @Test("refuse a named token with another header, algorithm or signature")
    func hostile() async throws {
        let user = try await NamedTokenUser.make()
        let (_, good) = try await user.token()
        let parts = good.components(separatedBy: ".")
        let claims = try TokenText(good).claims
        let key = try realmKey(user.server)
        var forged = [
            "\(parts[0]).\(parts[1]).", "\(parts[0]).\(parts[1])", "\(good).", "\(good)A",
            String(good.dropLast()), good + "=", "\(parts[0]).\(parts[1]).\(parts[2].lowercased())",
        ]
        for header in [
            #"{"alg":"none"}"#, #"{"alg":"none","typ":"JWT"}"#, #"{"alg":"HS256","typ":"JWT"}"#,
            #"{"typ":"JWT","alg":"HS512"}"#, #"{"typ":"jwt","alg":"HS256"}"#,
            #"{"typ":"JWT","alg":"HS256","kid":"\#(key.idText)"}"#,
            #"{"typ":"JWT","alg":"HS256" }"#,
        ] {
            forged.append(
                try TestApp.token(header: header, claims: claims, signedWith: key.privateKey))
        }
        for token in forged { #expect(try await user.check(token).status == 401, "\(token)") }
        #expect(try await user.check(good).status == 200)
    }

    // MARK: The end of a named token

    @Test("a named token dies at once when it is deleted, on every loop")
    func deleted() async throws {
        let user = try await NamedTokenUser.make()
        for number in 0..<8 {
            let (id, token) = try await user.token("token \(number)")
            // Both loops know it.
            for _ in 0..<8 { #expect(try await user.check(token).status == 200) }
            #expect(
                try await user.call("DELETE", "\(NamedTokenUser.list)/\(id)").status == 200)
            for _ in 0..<8 { #expect(try await user.check(token).status == 401) }
        }
    }

    @Test("a named token is dead once its user is suspended or deleted")
    func users() async throws {
        let user = try await NamedTokenUser.make()
        let accounts = user.server.authority.accounts
        let (_, token) = try await user.token()
        for _ in 0..<8 { #expect(try await user.check(token).status == 200) }
        _ = try await accounts.suspend(user.user.id, at: 1)
        for _ in 0..<8 {
            #expect(try await user.check(token).status == 401)
            // Nor does the remembered password open anything.
            #expect(try await user.call("GET").status == 401)
        }
        _ = try await accounts.activate(user.user.id, at: 2)
        for _ in 0..<8 { #expect(try await user.check(token).status == 401) }
        // Tokens exist no more.
        #expect(try await user.call("GET").status == 404)
        let (_, next) = try await user.token()
        for _ in 0..<8 { #expect(try await user.check(next).status == 200) }
        _ = try await accounts.delete(user.user.id)
        for _ in 0..<8 { #expect(try await user.check(next).status == 401) }
        #expect(try await user.call("GET").status == 401)
    }

    @Test("a password that was changed opens nothing any more, though it was right a moment ago")
    func password() async throws {
        let user = try await NamedTokenUser.make()
        let (_, token) = try await user.token()
        for _ in 0..<8 { #expect(try await user.call("GET").status == 200) }
        let isSet = try await user.server.authority.accounts.setPassword(
            Password(Array("another-word".utf8)), of: user.user.id, at: 3)
        #expect(isSet)
        for _ in 0..<8 { #expect(try await user.call("GET").status == 401) }
        let same = NamedTokenUser(server: user.server, user: user.user, password: "another-word")
        #expect(try await same.call("GET").status == 200)
        // The token was not made with the password, and stays.
        #expect(try await user.check(token).status == 200)
    }

    @Test("a rotated key verifies what it signed, a revoked one nothing")
    func keys() async throws {
        let server = try await TestServer()
        let user = try await NamedTokenUser.make(server)
        let old = try await user.token("old").text
        let oldKey = try realmKey(server)
        let newKey = try await server.authority.namedTokens.rotateKey(
            at: 1_795_305_600_000)
        #expect(newKey.id != oldKey.id)
        let new = try await user.token("new").text
        #expect(try await user.check(old).status == 200)
        #expect(try await user.check(new).status == 200)
        #expect(try await server.authority.apps.revokeKey(oldKey.id, of: .namedTokens))
        #expect(try await !server.authority.apps.revokeKey(oldKey.id, of: .namedTokens))
        #expect(try await user.check(old).status == 401)
        #expect(try await user.check(new).status == 200)
        // After the one that signs was revoked, the next token has a new key.
        #expect(try await server.authority.apps.revokeKey(newKey.id, of: .namedTokens))
        #expect(try await user.check(new).status == 401)
        let last = try await user.token("last").text
        #expect(try await user.check(last).status == 200)
        await server.stop()
    }
}
