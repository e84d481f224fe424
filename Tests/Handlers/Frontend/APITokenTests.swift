import Foundation
import SignetAuthority
import Testing

@testable import SignetStorage

/// frontend.md, `/api-token`.
@Suite("API tokens")
struct APITokenTests {
    private func permissions(_ answer: Answer) throws -> [String: [String]] {
        #expect(answer.status == 200, "\(answer.text)")
        let shown = try #require(try answer.object()["permissions"] as? [String: [String: Any]])
        return try shown.mapValues { try #require($0["scopes"] as? [String]) }
    }

    private static let ofUser = [
        "billing": ["read"], "invite": ["read", "write"], "media": ["read", "write"],
        "profile": ["read"],
        "statistics": ["read"], "sub-user": ["read", "write"], "user": ["read", "write"],
    ]

    @Test("are made, shown again and again, changed and deleted")
    func life() async throws {
        let user = try await FrontendUser.make()
        let shown = try await user.signedIn()
        let made = try await user.call("POST", "api-token", bearer: shown.jwt)
        #expect(made.status == 200)
        #expect(made.field("cache-control") == ["no-store"])
        let token = try made.string("token")
        #expect(token.wholeMatch(of: /[A-Za-z0-9_-]{64}/) != nil)
        #expect(token != shown.apiToken)
        let object = try made.object()
        #expect(
            Set(object.keys) == [
                "token", "created", "updated", "expires-at", "expired", "permissions",
                "restrictions",
            ])
        #expect(object["expires-at"] is NSNull)
        #expect(object["expired"] as? Bool == false)
        #expect(object["restrictions"] as? [String] == [])
        #expect(try permissions(made) == Self.ofUser)
        #expect(
            made.text.contains(#""media":{"name":"media","scopes":["read","write"]},"profile":"#))

        let path = "api-token/\(token)"
        #expect(try await user.call("GET", path, bearer: token).text == made.text)
        let before = Date()
        let changed = try await user.call(
            "PUT", path, bearer: shown.jwt,
            json:
                #"{"permissions":["read:user","read:media"],"restrictions":["a","b","a"],"ttl":60}"#
        )
        let after = Date()
        #expect(changed.status == 200)
        #expect(try changed.string("token") == token)
        #expect(try permissions(changed) == ["user": ["read"], "media": ["read"]])
        #expect(try changed.object()["restrictions"] as? [String] == ["a", "b"])
        let end = try #require(ISO8601DateFormatter().date(from: changed.string("expires-at")))
        // In whole seconds, which it may have been rounded down to.
        let (earliest, latest) = (before.addingTimeInterval(59), after.addingTimeInterval(60))
        #expect((earliest...latest).contains(end))
        // What is not named stays; a reset is to all that the caller has.
        let kept = try await user.call("PUT", path, bearer: shown.jwt, json: #"{"ttl":0}"#)
        #expect(try permissions(kept) == ["user": ["read"], "media": ["read"]])
        #expect(try kept.object()["restrictions"] as? [String] == ["a", "b"])
        #expect(try kept.object()["expires-at"] is NSNull)
        let reset = try await user.call(
            "PUT", path, bearer: shown.jwt, form: "reset-permissions=true")
        #expect(try permissions(reset) == Self.ofUser)
        #expect(try reset.object()["restrictions"] as? [String] == ["a", "b"])
        let form = try await user.call(
            "PUT", path, bearer: shown.jwt,
            form: "permissions[]=read:user&permissions%5B%5D=read:media&restrictions=x&ttl=")
        #expect(try permissions(form) == ["user": ["read"], "media": ["read"]])
        #expect(try form.object()["restrictions"] as? [String] == ["x"])

        let list = try await user.call("GET", "api-token", bearer: shown.jwt)
        #expect(list.text.hasPrefix(#"[{"token":"\#(shown.apiToken)","#))
        #expect(list.text.hasSuffix(",\(form.text)]"))
        for _ in 0..<4 { #expect(try await user.user.check(token).status == 200) }
        #expect(try await user.call("DELETE", path, bearer: shown.jwt).status == 204)
        for _ in 0..<8 {
            #expect(try await user.status(token) == 401)
            #expect(try await user.user.check(token).status == 401)
        }
        for method in ["GET", "PUT", "DELETE"] {
            let gone = try await user.call(method, path, bearer: shown.jwt)
            #expect(gone.status == 404)
            #expect(gone.text == FrontendMessage.noAPIToken)
        }
    }

    @Test("a field without a value is an empty list, and never all that there is")
    func emptyLists() async throws {
        let user = try await FrontendUser.make()
        let shown = try await user.signedIn()
        for form in ["permissions[]=&restrictions=", "permissions=", "permissions%5B%5D="] {
            let made = try await user.call("POST", "api-token", bearer: shown.jwt, form: form)
            #expect(made.status == 200)
            #expect(try permissions(made).isEmpty, "\(form)")
            #expect(try made.object()["restrictions"] as? [String] == [])
        }
    }

    @Test("have as many restrictions as every answer can show")
    func restrictionsInAll() async throws {
        let user = try await FrontendUser.make()
        let shown = try await user.signedIn()
        // Each quote takes two bytes where it is shown.
        let texts = (0..<4).map { "\($0)" + String(repeating: "\\\"", count: 254) }
        for (last, status) in [("1234", 200), ("12345", 400)] {
            let list = (texts + [last]).map { "\"\($0)\"" }.joined(separator: ",")
            let made = try await user.call(
                "POST", "api-token", bearer: shown.jwt, json: #"{"restrictions":[\#(list)]}"#)
            #expect(made.status == status)
            guard status == 200 else {
                #expect(made.text.contains("#/restrictions: They must not have more than 1024"))
                continue
            }
            // With the longest of claims, too.
            let token = try made.string("token")
            let jwt = try await user.call(
                "POST", "jwt", bearer: token,
                json: #"{"claims":{"a":"\#(String(repeating: "a", count: 3064))"}}"#)
            for text in [token, try jwt.string("token")] {
                let checked = try await user.user.check(text)
                #expect(checked.status == 200)
                #expect(checked.field("x-auth-claims").count == 1)
            }
        }
    }

    @Test("that have expired open nothing, and are listed when it is wished")
    func expired() async throws {
        let user = try await FrontendUser.make()
        let shown = try await user.signedIn()
        let token = try await user.apiToken(shown.jwt, #"{"ttl":1}"#)
        // The clock is the system's: until the second has passed.
        while try await user.status(token) == 200 {}
        #expect(try await user.user.check(token).status == 401)
        let list = try await user.call("GET", "api-token", bearer: shown.jwt)
        #expect(!list.text.contains(token))
        let all = try await user.call("GET", "api-token?include-expired=true", bearer: shown.jwt)
        #expect(all.text.contains(token))
        let one = try await user.call("GET", "api-token/\(token)", bearer: shown.jwt)
        #expect(try one.object()["expired"] as? Bool == true)
        // It may live on.
        #expect(
            try await user.call(
                "PUT", "api-token/\(token)", bearer: shown.jwt, json: #"{"ttl":60}"#
            ).status == 200)
        #expect(try await user.status(token) == 200)
    }

    @Test("the one that a sign-in shows is made once, and anew when it is gone or over")
    func main() async throws {
        let user = try await FrontendUser.make()
        let tokens = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 { group.addTask { try await user.signedIn().apiToken } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(tokens.count == 1)
        let first = try await user.signedIn()
        #expect(
            try await user.call("DELETE", "api-token/\(first.apiToken)", bearer: first.jwt).status
                == 204)
        let second = try await user.signedIn()
        #expect(second.apiToken != first.apiToken)
        // Narrowed, it stays the user's.
        let change = #"{"permissions":["read:user"],"ttl":1}"#
        #expect(
            try await user.call(
                "PUT", "api-token/\(second.apiToken)", bearer: first.jwt, json: change
            ).status == 200)
        // So many sign-ins may have ended the first session: a user has a thousand at most.
        var third = try await user.signedIn()
        while third.apiToken == second.apiToken { third = try await user.signedIn() }
        #expect(try await user.status(second.apiToken) == 401)
        let answer = try await user.call("GET", "api-token/\(third.apiToken)", bearer: third.jwt)
        #expect(try permissions(answer) == Self.ofUser)
    }

    @Test("allow what they were made for, and hand out nothing more")
    func bounds() async throws {
        let user = try await FrontendUser.make()
        let jwt = try await user.signedIn().jwt
        let reader = try await user.apiToken(jwt, #"{"permissions":["read:user","read:media"]}"#)
        let writer = try await user.apiToken(
            jwt, #"{"permissions":["write:user","read:user"],"restrictions":["r"]}"#)
        let other = try await user.apiToken(jwt, #"{"permissions":["read:media"]}"#)
        #expect(try await user.status(reader) == 200)
        #expect(try await user.status(other) == 403)
        for (method, route) in [
            ("DELETE", "session"), ("DELETE", "sign-out?logout-all=true"),
            ("PUT", "current/password"), ("POST", "api-token"),
            ("DELETE", "api-token/\(reader)"), ("PUT", "api-token/\(reader)"),
        ] {
            let answer = try await user.call(method, route, bearer: reader)
            #expect(answer.status == 403)
            #expect(answer.text == FrontendMessage.permission)
        }
        // They see those that allow no more than themselves.
        let seen = try await user.call("GET", "api-token", bearer: reader)
        #expect(seen.text.contains(reader) && seen.text.contains(other))
        #expect(!seen.text.contains(writer))
        #expect(try await user.call("GET", "api-token/\(writer)", bearer: reader).status == 404)

        #expect(try await user.call("DELETE", "api-token/\(reader)", bearer: writer).status == 404)
        for body in [
            #"{"permissions":["read:media"]}"#, #"{"restrictions":[]}"#,
            #"{"permissions":["read:user","write:billing"]}"#,
        ] {
            for (method, route) in [("POST", "api-token"), ("PUT", "api-token/\(writer)")] {
                let answer = try await user.call(method, route, bearer: writer, json: body)
                #expect(answer.status == 403)
                #expect(answer.text == FrontendMessage.notHad)
            }
        }
        let narrower = try await user.apiToken(writer, #"{"restrictions":["r","s"]}"#)
        let answer = try await user.call("GET", "api-token/\(narrower)", bearer: writer)
        #expect(try permissions(answer) == ["user": ["read", "write"]])
    }

    @Test("are made for no more than their user may do", arguments: [User.Role.sub, .user, .admin])
    func roles(_ role: User.Role) async throws {
        let user = try await FrontendUser.make(role: role)
        let jwt = try await user.signedIn().jwt
        let had: [User.Role: Set<String>] = [
            .sub: ["read:media"], .user: ["read:media", "write:user", "read:billing"],
            .admin: ["read:media", "write:user", "read:billing", "write:billing", "read:admin"],
        ]
        for name in ["read:media", "write:user", "read:billing", "write:billing", "read:admin"] {
            let answer = try await user.call(
                "POST", "api-token", bearer: jwt, json: #"{"permissions":["\#(name)"]}"#)
            // frontend.md: `user` all but the admin and write:billing ones.
            #expect(answer.status == (had[role]?.contains(name) == true ? 200 : 403), "\(name)")
            if answer.status == 403 { #expect(answer.text == FrontendMessage.notHad) }
        }
    }

    @Test(
        "are refused with fields out of their range",
        arguments: [
            ("permissions", #"["read:all"]"#), ("permissions", #""read:user""#),
            ("permissions", "[1]"), ("restrictions", #"["\u0000"]"#), ("restrictions", #"[""]"#),
            ("restrictions", #"["a\nb"]"#), ("restrictions", "{}"),
            ("restrictions", #"["\#(String(repeating: "a", count: 256))"]"#),
            ("restrictions", "[\((0..<33).map { "\"\($0)\"" }.joined(separator: ","))]"),
            ("ttl", "-1"), ("ttl", "1.5"), ("ttl", #""60""#), ("ttl", "3153600001"),
            ("reset-permissions", #""yes""#),
        ])
    func fields(_ name: String, _ value: String) async throws {
        let user = try await FrontendUser.make()
        let answer = try await user.call(
            "POST", "api-token", bearer: try await user.signedIn().jwt,
            json: #"{"\#(name)":\#(value)}"#)
        #expect(answer.status == 400)
        #expect(answer.text.contains(##""context":{"body":["#/\##(name): "##), "\(answer.text)")
    }

    @Test("of others are not found, and forged ones are none")
    func others() async throws {
        let user = try await FrontendUser.make()
        let jwt = try await user.signedIn().jwt
        let good = try await user.apiToken(jwt)
        let stranger = try await FrontendUser.make().signedIn().apiToken
        let flipped = (good.first == "A" ? "B" : "A") + good.dropFirst()
        let end = good.dropLast() + (good.last == "A" ? "B" : "A")
        for token in [
            stranger, flipped, String(end), String(good.dropLast()), good + "A", "x",
            String(repeating: "A", count: 64),
        ] {
            #expect(
                try await user.call("GET", "api-token/\(token)", bearer: jwt).text
                    == FrontendMessage.noAPIToken)
            if token != stranger {
                #expect(try await user.status(token) == 401)
                #expect(try await user.user.check(token).status == 401)
            }
        }
    }

    @Test("are a hundred for each user")
    func limit() async throws {
        let user = try await FrontendUser.make()
        let jwt = try await user.signedIn().jwt
        var last = ""
        // That of the sign-in is one of them.
        for _ in 0..<99 { last = try await user.apiToken(jwt, #"{"permissions":[]}"#) }
        let answer = try await user.call("POST", "api-token", bearer: jwt)
        #expect(answer.status == 400)
        #expect(
            answer.text
                == FrontendMessage.invalid(
                    "body", "#: There are 100 API tokens already; delete one first."))
        #expect(
            try await user.call("DELETE", "api-token/\(last)", bearer: jwt).status == 204)
        #expect(try await user.call("POST", "api-token", bearer: jwt).status == 200)
    }

    @Test("are in no store, survive a rotation of their key, and die with it")
    func keys() async throws {
        let server = try await TestServer()
        let user = try await FrontendUser.make(server)
        let first = try await user.signedIn()
        let row = try #require(try await server.store.apiTokens(user: user.id).first)
        #expect(!"\(row)".contains(first.apiToken))
        let apps = server.authority.apps
        let realm = Realm.apiTokens.number
        let old = try #require(server.authority.keyRing.keys.current.active(app: realm))
        _ = try await apps.rotateAPITokenKey(at: 1_795_305_600_000)
        let made = try await user.apiToken(first.jwt)
        let again = try await user.signedIn()
        #expect(again.apiToken == first.apiToken)
        for token in [made, first.apiToken] {
            #expect(try await user.status(token) == 200)
            #expect(try await user.call("GET", "api-token/\(token)", bearer: made).status == 200)
        }
        let session = try await user.jwt(first.apiToken)
        #expect(try await user.user.check(session).status == 200)
        #expect(try await apps.revokeKey(old.id, of: .apiTokens))
        #expect(try await user.status(first.apiToken) == 401)
        #expect(try await user.status(session) == 401)
        #expect(try await user.user.check(session).status == 401)
        #expect(try await user.user.check(first.apiToken).status == 401)
        #expect(try await user.status(made) == 200)
        let last = try await user.signedIn()
        #expect(last.apiToken != first.apiToken)
        #expect(try await user.status(last.apiToken) == 200)
        await server.stop()
    }

    @Test("open what stands behind /auth/check, with their claims")
    func forwardAuth() async throws {
        let user = try await FrontendUser.make()
        let jwt = try await user.signedIn().jwt
        let token = try await user.apiToken(
            jwt, #"{"permissions":["read:media"],"restrictions":["cdn"],"ttl":60}"#)
        let answer = try await user.user.check(token)
        #expect(answer.status == 200)
        #expect(answer.field("x-auth-realm") == ["frontend"])
        #expect(answer.field("x-auth-subject") == ["\(user.id)"])
        let id = try #require(answer.field("x-auth-session").first)
        let text = try #require(answer.field("x-auth-claims").first)
        let claims = try FrontendUser.claims(of: "e30.\(text).e30")
        #expect(Set(claims.keys) == ["sub", "jti", "iat", "exp", "permissions", "restrictions"])
        #expect(claims["jti"] as? String == id)
        #expect(claims["permissions"] as? [String] == ["read:media"])
        #expect(claims["restrictions"] as? [String] == ["cdn"])
    }
}
