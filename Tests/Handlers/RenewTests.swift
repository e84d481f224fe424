import Foundation
import SignetCrypto
import SignetStorage
import Testing

/// Sessions from sign to their end, as clients see them: POST `/app/{app_id}/renew`, `/get-session`,
/// `/logout`, and DELETE `/root/{app_id}/flush` (apps.md).
@Suite("Renew, list and end sessions")
struct RenewTests {
    private struct Pair {
        let auth: String
        let refresh: String

        init(_ answer: Answer) throws {
            auth = try answer.string("auth_token")
            refresh = try answer.string("refresh_token")
        }
    }

    private static func sign(
        _ app: TestApp, _ body: String = "{\(SignTests.wellKnown)}", on server: TestServer
    ) async throws -> Pair {
        try Pair(try await server.call("POST", "/app/\(app.id)/sign", key: app.key, body: body))
    }

    private static func renew(
        _ token: String, _ app: TestApp, ip: String = #""192.0.2.9""#,
        useragent: String = #""agent""#, on server: TestServer
    ) async throws -> Answer {
        try await server.call(
            "POST", "/app/\(app.id)/renew", key: app.key,
            body: #"{"refresh_token":"\#(token)","ip":\#(ip),"useragent":\#(useragent)}"#)
    }

    private static func verifies(
        _ token: String, _ app: TestApp, on server: TestServer
    ) async throws -> Bool {
        let answer = try await server.call(
            "POST", "/app/\(app.id)/verify", key: app.key, body: #"{"token":"\#(token)"}"#)
        return answer.text == #"{"verified":true}"#
    }

    private static func sessions(
        of subject: String, _ app: TestApp, on server: TestServer
    ) async throws -> [[String: Any]] {
        let answer = try await server.call(
            "POST", "/app/\(app.id)/get-session", key: app.key, body: #"{"sub":"\#(subject)"}"#)
        #expect(answer.status == 200)
        return try #require(try answer.object()["sessions"] as? [[String: Any]])
    }

    private static let used = #"{"message":"invalid refresh token"}"#

    private static let algorithms: [Algorithm] = [
        .hs256, .hs512, .es256, .es512, .rs256, .ps256, .eddsa,
    ]

    @Test(
        "trades a refresh token for a new pair with the same claims, and the old pair is dead",
        arguments: algorithms)
    func renew(_ algorithm: Algorithm) async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(algorithm)
        let old = try await Self.sign(
            app, #"{"n":1.50,\#(SignTests.wellKnown),"deep":{"a":[1e2]}}"#, on: server)
        let answer = try await Self.renew(
            old.refresh, app, ip: #""2001:db8::1""#, useragent: #""n\u0065w""#, on: server)
        #expect(answer.status == 200)
        #expect(answer.field("cache-control") == ["no-store"])
        let new = try Pair(answer)
        let publicKey = app.publicKey.map { "\"\($0)\"" } ?? "null"
        #expect(
            answer.text
                == #"{"key_id":"\#(app.keyID)","public_key":\#(publicKey),"#
                + #""auth_token":"\#(new.auth)","refresh_token":"\#(new.refresh)"}"#)

        let (oldID, _) = try TokenText(old.auth).times()
        let (id, issued) = try TokenText(new.auth).times()
        #expect(id != oldID)
        #expect(try TokenText(new.refresh).times().id == id)
        #expect(
            try TokenText(new.auth).claims
                == #"{"jid":"\#(id)","iat":\#(issued),"nbf":\#(issued),"exp":\#(issued + 3600),"#
                + #""iss":"shop","n":1.50,"sub":"test@test.com","aud":"web-app","#
                + #""ip":"2001:db8::1","useragent":"n\u0065w","deep":{"a":[1e2]}}"#)
        for (token, isGood) in [
            (old.auth, false), (old.refresh, false), (new.auth, true), (new.refresh, true),
        ] {
            #expect(try await Self.verifies(token, app, on: server) == isGood)
        }
    }

    @Test(
        "gives the same successor within the grace, byte for byte", arguments: algorithms)
    func grace(_ algorithm: Algorithm) async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(algorithm, more: #","refresh_grace":300"#)
        let pair = try await Self.sign(app, on: server)
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for _ in 0..<8 {
                group.addTask { try await Self.renew(pair.refresh, app, on: server) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 200 })
        #expect(Set(answers.map(\.text)).count == 1)
    }

    @Test("ends the session, and only that one, when a used token comes after the grace")
    func reuse() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(more: #","refresh_grace":0"#)
        let stolen = try await Self.sign(app, on: server)
        let other = try await Self.sign(app, on: server)
        let successor = try Pair(try await Self.renew(stolen.refresh, app, on: server))
        #expect(try await Self.verifies(successor.auth, app, on: server))
        let again = try await Self.renew(stolen.refresh, app, on: server)
        #expect(again.status == 404)
        #expect(again.text == Self.used)
        #expect(try await !Self.verifies(successor.auth, app, on: server))
        let last = try await Self.renew(successor.refresh, app, on: server)
        #expect(last.status == 404)
        #expect(try await Self.verifies(other.auth, app, on: server))
    }

    @Test("refuses auth tokens, changed tokens, early ones, and those of other apps")
    func invalid() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(.hs256)
        let other = try await server.createApp(.hs256)
        let early = try await server.createApp(.hs256, refreshNotBefore: 1000)
        let pair = try await Self.sign(app, on: server)
        let typed = try await Self.sign(
            app, #"{\#(SignTests.wellKnown),"type":"refresh"}"#, on: server)
        let foreign = try await Self.sign(other, on: server)
        let tooEarly = try await Self.sign(early, on: server)
        for (token, app) in [
            (pair.auth, app), (typed.auth, app), (foreign.refresh, app),
            (String(pair.refresh.dropLast(4)) + "AAAA", app), (tooEarly.refresh, early),
        ] {
            let answer = try await Self.renew(token, app, on: server)
            #expect(answer.status == 404)
            #expect(answer.text == Self.used)
        }
        #expect(try await Self.renew(pair.refresh, app, on: server).status == 200)
    }

    @Test("takes a refresh token that is written with JSON escapes")
    func escaped() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp()
        let pair = try await Self.sign(app, on: server)
        let answer = try await Self.renew(
            pair.refresh.replacing(".", with: #"\u002e"#), app, on: server)
        #expect(answer.status == 200)
    }

    @Test("says db-down and keeps the token good when the renewal can't be stored")
    func storeDown() async throws {
        let server = try await TestServer()
        let app = try await server.createApp()
        let pair = try await Self.sign(app, on: server)
        server.store.fail(.commit, .diskFull)
        let failed = try await Self.renew(pair.refresh, app, on: server)
        #expect(failed.status == 503)
        #expect(failed.text == #"{"message":"db-down"}"#)
        #expect(try await Self.renew(pair.refresh, app, on: server).status == 200)
        await server.stop()
    }

    // MARK: get-session

    @Test("lists the live sessions of a subject, oldest first, as the contract spells them")
    func list() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(.es256, refreshNotBefore: 20)
        let other = try await server.createApp(.es256)
        let first = try await Self.sign(app, on: server)
        let second = try await Self.sign(
            app, #"{"sub":"test@test.com","aud":"a","ip":"::1","useragent":"\u00e4\"b"}"#,
            on: server)
        _ = try await Self.sign(
            app, #"{"sub":"Test@test.com","aud":"a","ip":"::1","useragent":"u"}"#, on: server)
        _ = try await Self.sign(other, on: server)

        let answer = try await server.call(
            "POST", "/app/\(app.id.lowercased())/get-session", key: "Bearer \(app.key)",
            body: #"{"sub":"t\u0065st@test.com"}"#)
        let items = try zip(
            [first, second],
            [
                #""1.1.1.1","user_agent":"my-user-agent""#,
                #""::1","user_agent":"\u00e4\"b""#,
            ]
        ).map { pair, rest in
            let (id, issued) = try TokenText(pair.auth).times()
            return #"{"token_id":"\#(id)","key_id":"\#(app.keyID)","auth_token_iat":\#(issued),"#
                + #""auth_token_nbf":\#(issued),"auth_token_exp":\#(issued + 3600),"#
                + #""refresh_token_iat":\#(issued),"refresh_token_nbf":\#(issued + 20),"#
                + #""refresh_token_exp":\#(issued + 7200),"ip_address":\#(rest)}"#
        }
        #expect(answer.text == #"{"sessions":[\#(items.joined(separator: ","))]}"#)
        #expect(answer.status == 200)
    }

    @Test("leaves out what a session never had, and sessions that are not valid yet")
    func sparse() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(more: #","required_claims":["sub"]"#)
        _ = try await Self.sign(app, #"{"sub":"bare"}"#, on: server)
        let found = try await Self.sessions(of: "bare", app, on: server)
        #expect(found.count == 1)
        #expect(found.first?["ip_address"] as? String == "")
        #expect(found.first?["user_agent"] as? String == "")
        let early = try await server.createApp(tokenNotBefore: 1000)
        _ = try await Self.sign(early, on: server)
        #expect(try await Self.sessions(of: "test@test.com", early, on: server).isEmpty)
    }

    @Test("shows a renewed session once, with its new pair")
    func listRenewed() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp()
        let pair = try await Self.sign(app, on: server)
        let renewed = try Pair(try await Self.renew(pair.refresh, app, on: server))
        let found = try await Self.sessions(of: "test@test.com", app, on: server)
        #expect(
            found.map { $0["token_id"] as? String } == [try TokenText(renewed.auth).times().id])
        #expect(found.first?["ip_address"] as? String == "192.0.2.9")
        #expect(found.first?["user_agent"] as? String == "agent")
    }

    // MARK: logout and flush

    @Test("logs out with either token: both are dead with the answer", arguments: [true, false])
    func logout(_ usesAuthToken: Bool) async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(.es256)
        let pair = try await Self.sign(app, on: server)
        let other = try await Self.sign(app, on: server)
        let token = usesAuthToken ? pair.auth : pair.refresh
        for _ in 0..<2 {
            let answer = try await server.call(
                "POST", "/app/\(app.id)/logout/", key: app.key, body: #"{"token":"\#(token)"}"#)
            #expect(answer.status == 200)
            #expect(answer.text == #"{"status":"ok"}"#)
        }
        #expect(try await !Self.verifies(pair.auth, app, on: server))
        #expect(try await !Self.verifies(pair.refresh, app, on: server))
        #expect(try await Self.renew(pair.refresh, app, on: server).status == 404)
        #expect(try await Self.verifies(other.auth, app, on: server))
        #expect(try await Self.sessions(of: "test@test.com", app, on: server).count == 1)
    }

    @Test("does not log out with the token of another app, or a forged one")
    func logoutForeign() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp()
        let other = try await server.createApp()
        let pair = try await Self.sign(app, on: server)
        for (token, app) in [
            (pair.auth, other), (String(pair.auth.dropLast(4)) + "AAAA", app),
        ] {
            let answer = try await server.call(
                "POST", "/app/\(app.id)/logout", key: app.key, body: #"{"token":"\#(token)"}"#)
            #expect(answer.text == #"{"status":"ok"}"#)
        }
        #expect(try await Self.verifies(pair.auth, app, on: server))
    }

    @Test("flushes every session of the app, and none of another or later ones")
    func flush() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(.hs256)
        let other = try await server.createApp(.hs256)
        var pairs: [Pair] = []
        for _ in 0..<8 { pairs.append(try await Self.sign(app, on: server)) }
        let kept = try await Self.sign(other, on: server)
        let answer = try await server.call(
            "DELETE", "/root/\(app.id.lowercased())/flush/",
            key: "Bearer \(TestServer.rootKey)")
        #expect(answer.status == 200)
        #expect(answer.text == #"{"status":"ok"}"#)
        for pair in pairs {
            #expect(try await !Self.verifies(pair.auth, app, on: server))
            #expect(try await !Self.verifies(pair.refresh, app, on: server))
            #expect(try await Self.renew(pair.refresh, app, on: server).status == 404)
        }
        #expect(try await Self.sessions(of: "test@test.com", app, on: server).isEmpty)
        #expect(try await Self.verifies(kept.auth, other, on: server))
        for _ in 0..<8 {
            let later = try await Self.sign(app, on: server)
            #expect(try await Self.verifies(later.auth, app, on: server))
        }
        #expect(try await Self.sessions(of: "test@test.com", app, on: server).count == 8)
    }

    @Test("flushes nothing that the store did not take")
    func flushFailure() async throws {
        let server = try await TestServer()
        let app = try await server.createApp()
        let pair = try await Self.sign(app, on: server)
        server.store.fail(.write, .inputOutput)
        let answer = try await server.call(
            "DELETE", "/root/\(app.id)/flush", key: TestServer.rootKey)
        #expect(answer.status == 503)
        #expect(try await Self.verifies(pair.auth, app, on: server))
        await server.stop()
    }
}
