import Foundation
import SignetAuthority
import SignetCrypto
import SignetStorage
import Testing

/// PATCH `/root/{app_id}` (apps.md, "create").
@Suite("Update")
struct UpdateAppTests {
    private static let path = "/root/{app}"

    private static let members = [
        "name": #""shop""#, "token_expire": "3600", "token_notbefore": "0",
        "refresh_expire": "7200", "refresh_notbefore": "3000", "rotation_period": "31536000",
    ]

    /// The members with some changed; nil leaves one out.
    private static func body(_ changes: [String: String?] = [:]) -> String {
        var values = members
        for (name, value) in changes { values[name] = value }
        return "{" + values.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",") + "}"
    }

    private static func row(_ changes: [String: String?], _ text: String) -> Row {
        let name = changes.map { "\($0.key) \($0.value ?? "absent")" }.joined(separator: ", ")
        var row = Row(name, path, key: .root, body: body(changes), text)
        row.method = "PATCH"
        return row
    }

    private static let required: [Row] =
        ["{}", "null"].map {
            var row = Row(
                $0, path, key: .root, body: $0,
                Errors.fields(
                    ("name", Errors.required), ("token_expire", Errors.required),
                    ("refresh_expire", Errors.required), ("rotation_period", Errors.required)))
            row.method = "PATCH"
            return row
        }
        + ["name", "token_expire", "refresh_expire", "rotation_period"].flatMap { field in
            [nil, "null"].map { row([field: $0], Errors.fields((field, Errors.required))) }
        }

    private static let values: [Row] =
        ["token_expire", "refresh_expire", "rotation_period"].flatMap { field in
            [
                row([field: "0"], Errors.fields((field, Errors.required))),
                row([field: "59"], Errors.fields((field, Errors.minimum(60)))),
                row([field: "31536001"], Errors.fields((field, Errors.maximum(31_536_000)))),
            ]
        }
        + ["token_notbefore", "refresh_notbefore"].flatMap { field in
            [
                row([field: "-1"], Errors.fields((field, Errors.minimum(0)))),
                row([field: "31536001"], Errors.fields((field, Errors.maximum(31_536_000)))),
            ]
        }
        + [
            row(["name": #""a/b""#], Errors.fields(("name", Errors.letters))),
            row(["description": #""ü""#], Errors.fields(("description", Errors.letters))),
            row(["refresh_grace": "-1"], Errors.fields(("refresh_grace", Errors.minimum(0)))),
            row(["refresh_grace": "301"], Errors.fields(("refresh_grace", Errors.maximum(300)))),
            row(
                ["required_claims": #"["sub","iss"]"#],
                Errors.fields(("required_claims", Errors.choice))),
            row(
                ["name": #""/""#, "token_expire": "59", "rotation_period": nil],
                Errors.fields(
                    ("name", Errors.letters), ("token_expire", Errors.minimum(60)),
                    ("rotation_period", Errors.required))),
        ]

    private static let types: [Row] =
        [
            "token_expire", "refresh_expire", "rotation_period", "token_notbefore",
            "refresh_notbefore", "refresh_grace",
        ].flatMap { field in
            ["3600.0", #""3600""#, "1e3", "true"].map { row([field: $0], Errors.type) }
        }
        + ["name", "description"].flatMap { field in
            ["5", "[]"].map { row([field: $0], Errors.type) }
        }
        + ["5", "[5]"].map { row(["required_claims": $0], Errors.type) }

    @Test("refuses what the contract refuses", arguments: required + values + types)
    func refuses(_ row: Row) async throws {
        let app = try await Self.unchanged.value
        let server = try await TestServer.shared.value
        let before = try await server.call("GET", "/app/\(app.id)", key: app.key)
        _ = try await row.check(server, app)
        let after = try await server.call("GET", "/app/\(app.id)", key: app.key)
        #expect(after.text == before.text)
    }

    /// Nobody's updates of it succeed.
    private static let unchanged = Task { try await TestServer.shared.value.createApp() }
    private static let app = Task { try await TestServer.shared.value.createApp() }

    private static func update(_ app: TestApp, _ changes: [String: String?]) async throws {
        let answer = try await TestServer.shared.value.call(
            "PATCH", "/root/\(app.id)", key: TestServer.rootKey, body: body(changes))
        #expect(answer.status == 200)
        #expect(answer.text == #"{"status":"ok"}"#)
    }

    private static func shown(_ app: TestApp) async throws -> [String: Any] {
        let answer = try await TestServer.shared.value.call(
            "GET", "/app/\(app.id)", key: app.key)
        return try #require(try answer.object()["app"] as? [String: Any])
    }

    @Test("replaces every field, keeps key and algorithm, and notes when that was")
    func replaces() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(
            .es256, more: #","description":"old","refresh_grace":5,"required_claims":["sub"]"#)
        let before = Int64(Date().timeIntervalSince1970)
        try await Self.update(
            app,
            [
                "name": #""new name""#, "token_expire": "60", "token_notbefore": "1",
                "refresh_expire": "61", "refresh_notbefore": "2", "rotation_period": "62",
                "description": #""text""#,
            ])
        let after = Int64(Date().timeIntervalSince1970)
        let object = try await Self.shown(app)
        let updated = try #require(object["update_time"] as? Int64)
        #expect((before...after).contains(updated))
        let added = try #require(object["add_time"] as? Int64)
        #expect(
            NSDictionary(dictionary: object)
                == NSDictionary(dictionary: [
                    "id": app.id, "name": "new name", "description": "text", "token_expiry": 60,
                    "token_notbefore": 1, "refresh_expiry": 61, "refresh_notbefore": 2,
                    "key_type": "ECDSA", "algo": "ES256", "rotation_period": 62,
                    "add_time": added, "update_time": updated, "last_key_rotate": 0,
                ]))
    }

    @Test("gives the fields that are absent their defaults")
    func defaults() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(
            tokenNotBefore: 5, refreshNotBefore: 6,
            more: #","description":"old","refresh_grace":5,"required_claims":["sub"]"#)
        try await Self.update(app, ["token_notbefore": nil, "refresh_notbefore": "null"])
        let object = try await Self.shown(app)
        #expect(object["description"] as? String == "")
        #expect(object["token_notbefore"] as? Int == 0)
        #expect(object["refresh_notbefore"] as? Int == 0)
        let terms = try #require(
            server.authority.apps.directory.current.app(idText: app.id)?.terms)
        #expect(terms.refreshGrace == 10)
        #expect(terms.requiredClaims == .all)
    }

    @Test("lets a later sign call need fewer claims, and issues by the new terms")
    func inForce() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp()
        let path = "/app/\(app.id)/sign"
        let refused = try await server.call("POST", path, key: app.key, body: #"{"sub":"a"}"#)
        #expect(refused.status == 400)
        try await Self.update(
            app, ["name": #""renamed""#, "token_expire": "99", "required_claims": #"["sub"]"#])
        let answer = try await server.call("POST", path, key: app.key, body: #"{"sub":"a"}"#)
        #expect(answer.status == 200)
        let token = try TokenText(try answer.string("auth_token"))
        let (id, issued) = try token.times()
        #expect(
            token.claims
                == #"{"jid":"\#(id)","iat":\#(issued),"nbf":\#(issued),"exp":\#(issued + 99),"#
                + #""iss":"renamed","sub":"a"}"#)
    }

    @Test(
        "ignores key_type and algo, whatever they are",
        arguments: [#""RSA""#, #""nope""#, "5", "null", "[]"])
    func ignores(_ value: String) async throws {
        let app = try await TestServer.shared.value.createApp()
        try await Self.update(app, ["key_type": value, "algo": value])
        #expect(try await Self.shown(app)["algo"] as? String == "HS256")
    }

    @Test("takes ids in small letters and a trailing slash, and Bearer before the key")
    func spellings() async throws {
        let app = try await TestServer.shared.value.createApp()
        let answer = try await TestServer.shared.value.call(
            "PATCH", "/root/\(app.id.lowercased())/", key: "Bearer \(TestServer.rootKey)",
            body: Self.body())
        #expect(answer.status == 200)
    }

    @Test("changes nothing when the store does not take it")
    func storeDown() async throws {
        let server = try await TestServer()
        let app = try await server.createApp()
        server.store.fail(.write, .diskFull)
        let answer = try await server.call(
            "PATCH", "/root/\(app.id)", key: TestServer.rootKey,
            body: Self.body(["name": #""other""#]))
        #expect(answer.status == 503)
        #expect(answer.text == #"{"message":"db-down"}"#)
        let shown = try await server.call("GET", "/app/\(app.id)", key: app.key)
        #expect(shown.text.contains(#""name":"shop""#))
        await server.stop()
    }
}
