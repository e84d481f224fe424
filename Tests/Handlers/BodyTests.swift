import Testing

/// What every route with a body says to one that is no JSON object.
@Suite("Bodies")
struct BodyTests {
    private static let routes: [(method: String, path: String, key: Row.Key)] = [
        ("POST", "/app/{app}/sign", .app), ("POST", "/app/{app}/verify", .app),
        ("POST", "/app/{app}/sign/batch", .app), ("POST", "/app/{app}/verify/batch", .app),
        ("POST", "/app/{app}/renew", .app), ("POST", "/app/{app}/get-session", .app),
        ("POST", "/app/{app}/logout", .app), ("POST", "/root/create", .root),
        ("PATCH", "/root/{app}", .root),
    ]

    private static func rows(
        _ bodies: [(name: String, body: [UInt8])], _ text: String
    ) -> [Row] {
        routes.flatMap { route in
            bodies.map { name, body in
                var row = Row(name, route.path, key: route.key, body: body, text)
                row.method = route.method
                return row
            }
        }
    }

    private static func deep(_ depth: Int) -> String {
        #"{"a":"# + String(repeating: "[", count: depth - 1)
            + String(repeating: "]", count: depth - 1) + "}"
    }

    private static let empty: [(String, [UInt8])] = [
        ("empty", []), ("blank", Array(" \r\n\t ".utf8)),
    ]

    private static let malformed: [(String, [UInt8])] =
        [
            ("half an object", #"{"a":1"#), ("a comma at the end", #"{"a":1,}"#),
            ("data behind it", #"{"a":1}{"#), ("a name twice", #"{"a":1,"a":2}"#),
            ("a name twice, once escaped", #"{"a":1,"\u0061":2}"#),
            ("a name twice further down", #"{"a":{"b":1,"b":2}}"#),
            ("67 levels", deep(67)), ("an octal number", #"{"a":01}"#), ("NaN", #"{"a":NaN}"#),
            ("a comment", #"{"a":1}//"#), ("single quotes", "{'a':1}"), ("a form", "sub=a&aud=b"),
            ("half a surrogate pair", #"{"a":"\ud800"}"#), ("a tab in a string", "{\"a\":\"\t\"}"),
            ("half a word", "tru"), ("a byte order mark", "\u{FEFF}{}"),
        ].map { ($0.0, Array($0.1.utf8)) } + [
            ("invalid UTF-8", Array(#"{"a":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)),
            ("a NUL", Array("{}".utf8) + [0]),
        ]

    private static let otherTypes: [(String, [UInt8])] = [
        "[]", #"[{"token":"a.b.c"}]"#, #""a""#, "5", "-1.5e3", "true", "false",
    ].map { ($0, Array($0.utf8)) }

    @Test(
        "refuses it with the row's text",
        arguments: rows(empty, Errors.empty) + rows(malformed, Errors.format)
            + rows(otherTypes, Errors.type))
    func refuses(_ row: Row) async throws {
        let answer = try await row.check(
            try await TestServer.shared.value, try await Self.app.value)
        #expect(answer.field("content-type") == ["application/json"])
    }

    private static let app = Task { try await TestServer.shared.value.createApp() }

    @Test(
        "refuses 65 levels",
        arguments: routes.filter { !$0.path.hasSuffix("/batch") }.map { ($0.method, $0.path) })
    func depth(_ method: String, _ path: String) async throws {
        let app = try await Self.app.value
        let answer = try await TestServer.shared.value.call(
            method, path.replacing("{app}", with: app.id),
            key: path.hasPrefix("/root") ? TestServer.rootKey : app.key, body: Self.deep(65))
        #expect(answer.status == 400)
        #expect(answer.text == Errors.format)
    }

    @Test(
        "looks at the key before it looks at the body",
        arguments: routes.map { ($0.method, $0.path) })
    func order(_ method: String, _ path: String) async throws {
        let server = try await TestServer.shared.value
        let path = path.replacing("{app}", with: try await Self.app.value.id)
        let answer = try await server.call(method, path, body: "{")
        #expect(answer.status == 403)
    }

    @Test(
        "does not look at the media type",
        arguments: ["application/x-www-form-urlencoded", "text/plain", "nonsense"])
    func mediaType(_ type: String) async throws {
        let app = try await Self.app.value
        let answer = try await TestServer.shared.value.call(
            "POST", "/app/\(app.id)/verify", key: app.key, body: Array(#"{"token":"a.b.c"}"#.utf8),
            fields: ["Content-Type: \(type)"])
        #expect(answer.text == #"{"verified":false}"#)
    }
}
