import Testing

/// The bodies of renew, get-session and logout (apps.md).
@Suite("Session routes")
struct SessionRouteTests {
    private static let renew = "/app/{app}/renew"

    private static let renewRows: [Row] =
        [
            "{}", "null", #"{"refresh_token":"","ip":"","useragent":""}"#,
            #"{"refresh_token":null,"ip":null,"useragent":null}"#,
            #"{"Refresh_token":"a.b.c","IP":"1.1.1.1","userAgent":"u"}"#,
        ].map {
            Row(
                $0, renew, body: $0,
                Errors.fields(
                    ("refresh_token", Errors.required), ("ip", Errors.required),
                    ("useragent", Errors.required)))
        } + [
            Row(
                "a token that is none", renew,
                body: #"{"refresh_token":"a.b","ip":"1.1.1.1","useragent":"u"}"#,
                Errors.fields(("refresh_token", Errors.token))),
            Row(
                "no token and an address that is none", renew,
                body: #"{"ip":"1.1.1.1/24","useragent":"u"}"#,
                Errors.fields(("refresh_token", Errors.required), ("ip", Errors.address))),
            Row(
                "no user agent", renew, body: #"{"refresh_token":"a.b.c","ip":"::1"}"#,
                Errors.fields(("useragent", Errors.required))),
        ]
        + [#"{"refresh_token":5}"#, #"{"ip":["1.1.1.1"]}"#, #"{"useragent":{}}"#].map {
            Row($0, renew, body: $0, Errors.type)
        }

    private static let otherRows: [Row] =
        ["{}", "null", #"{"sub":""}"#, #"{"sub":null}"#, #"{"Sub":"a"}"#].map {
            Row($0, "/app/{app}/get-session", body: $0, Errors.fields(("sub", Errors.required)))
        }
        + ["5", "true", "[]", #"["a"]"#, "{}"].map {
            Row("sub \($0)", "/app/{app}/get-session", body: #"{"sub":\#($0)}"#, Errors.type)
        }
        + ["{}", "null", #"{"token":""}"#, #"{"token":null}"#].map {
            Row($0, "/app/{app}/logout", body: $0, Errors.fields(("token", Errors.required)))
        }
        + ["a", "a.b", "..", "a.b.c.d", "a.b.c=", " a.b.c"].map {
            Row(
                $0, "/app/{app}/logout", body: #"{"token":"\#($0)"}"#,
                Errors.fields(("token", Errors.token)))
        }
        + ["5", "[]", "{}", "true"].map {
            Row("token \($0)", "/app/{app}/logout", body: #"{"token":\#($0)}"#, Errors.type)
        }

    @Test("refuses what the contract refuses", arguments: renewRows + otherRows)
    func refuses(_ row: Row) async throws {
        let answer = try await row.check(
            try await TestServer.shared.value, try await Self.app.value)
        #expect(answer.field("content-type") == ["application/json"])
    }

    private static let app = Task { try await TestServer.shared.value.createApp() }

    @Test("answers 404 to a refresh token that is not the app's", arguments: ["a.b.c", "e30.e30."])
    func unknownToken(_ token: String) async throws {
        let app = try await Self.app.value
        let answer = try await TestServer.shared.value.call(
            "POST", "/app/\(app.id)/renew", key: app.key,
            body: #"{"refresh_token":"\#(token)","ip":"1.1.1.1","useragent":"u"}"#)
        #expect(answer.status == 404)
        #expect(answer.text == #"{"message":"invalid refresh token"}"#)
    }

    @Test("answers ok to a token that nobody knows, and an empty list to a stranger")
    func unknown() async throws {
        let app = try await Self.app.value
        let server = try await TestServer.shared.value
        let logout = try await server.call(
            "POST", "/app/\(app.id)/logout", key: app.key, body: #"{"token":"a.b.c"}"#)
        #expect(logout.status == 200)
        #expect(logout.text == #"{"status":"ok"}"#)
        let sessions = try await server.call(
            "POST", "/app/\(app.id)/get-session/", key: app.key, body: #"{"sub":"nobody"}"#)
        #expect(sessions.status == 200)
        #expect(sessions.text == #"{"sessions":[]}"#)
    }
}
