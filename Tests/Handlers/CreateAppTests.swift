import Foundation
import SignetCrypto
import Testing

/// POST `/root/create`, and what the new app looks like (apps.md, "create").
@Suite("Create")
struct CreateAppTests {
    private static let path = "/root/create"

    /// The members of the documentation's example.
    private static let members: [(name: String, value: String)] = [
        ("name", #""shop""#), ("token_expire", "3600"), ("token_notbefore", "0"),
        ("refresh_expire", "7200"), ("refresh_notbefore", "3000"), ("key_type", #""ECDSA""#),
        ("algo", #""ES256""#), ("rotation_period", "31536000"),
    ]

    /// The example with some members changed; nil leaves one out.
    private static func body(_ changes: [String: String?] = [:]) -> String {
        var values = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
        for (name, value) in changes { values[name] = value }
        return "{" + values.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",") + "}"
    }

    private static func row(_ changes: [String: String?], _ text: String) -> Row {
        let name = changes.map { "\($0.key) \($0.value ?? "absent")" }.joined(separator: ", ")
        return Row(name, path, key: .root, body: body(changes), text)
    }

    private static let required: [Row] = [
        row(["name": nil], Errors.fields(("name", Errors.required))),
        row(["name": "null"], Errors.fields(("name", Errors.required))),
        row(["name": #""""#], Errors.fields(("name", Errors.required))),
        row(["key_type": nil], Errors.fields(("key_type", Errors.required))),
        row(["key_type": #""""#], Errors.fields(("key_type", Errors.required))),
        row(["algo": nil], Errors.fields(("algo", Errors.required))),
        row(["algo": "null"], Errors.fields(("algo", Errors.required))),
        Row(
            "nothing", path, key: .root, body: "{}",
            Errors.fields(
                ("name", Errors.required), ("token_expire", Errors.required),
                ("refresh_expire", Errors.required), ("key_type", Errors.required),
                ("algo", Errors.required), ("rotation_period", Errors.required))),
        Row(
            "null", path, key: .root, body: " null ",
            Errors.fields(
                ("name", Errors.required), ("token_expire", Errors.required),
                ("refresh_expire", Errors.required), ("key_type", Errors.required),
                ("algo", Errors.required), ("rotation_period", Errors.required))),
    ]

    private static let lives: [Row] = ["token_expire", "refresh_expire", "rotation_period"].flatMap
    {
        field in
        [
            row([field: nil], Errors.fields((field, Errors.required))),
            row([field: "0"], Errors.fields((field, Errors.required))),
            row([field: "-0"], Errors.fields((field, Errors.required))),
            row([field: "null"], Errors.fields((field, Errors.required))),
            row([field: "59"], Errors.fields((field, Errors.minimum(60)))),
            row([field: "-1"], Errors.fields((field, Errors.minimum(60)))),
            row([field: "31536001"], Errors.fields((field, Errors.maximum(31_536_000)))),
        ]
    }

    private static let delays: [Row] = ["token_notbefore", "refresh_notbefore"].flatMap { field in
        [
            row([field: "-1"], Errors.fields((field, Errors.minimum(0)))),
            row([field: "31536001"], Errors.fields((field, Errors.maximum(31_536_000)))),
        ]
    }

    private static let types: [Row] =
        [
            "token_expire", "refresh_expire", "rotation_period", "token_notbefore",
            "refresh_notbefore", "refresh_grace",
        ].flatMap { field in
            ["3600.0", #""3600""#, "1e3", "true", "[]", "{}", "99999999999999999999"].map {
                row([field: $0], Errors.type)
            }
        }
        + ["name", "description", "key_type", "algo"].flatMap { field in
            ["5", "true", "[]", "{}"].map { row([field: $0], Errors.type) }
        }
        + ["5", #""sub""#, "{}", "[5]", #"["nope",5]"#].map {
            row(["required_claims": $0], Errors.type)
        }
        // Types are looked at before values.
        + [row(["name": nil, "algo": "5"], Errors.type)]

    private static let values: [Row] =
        ["a/b", "a\\u0000", "ü", "a+b", "a\\\"", "a&b", "\\u000b"].flatMap { text in
            [
                row(["name": "\"\(text)\""], Errors.fields(("name", Errors.letters))),
                row(
                    ["description": "\"\(text)\""],
                    Errors.fields(("description", Errors.letters))),
            ]
        }
        + [
            row(
                ["name": "\"\(String(repeating: "a", count: 256))\""],
                Errors.fields(("name", Errors.maximum(255)))),
            row(["key_type": #""rsa""#], Errors.fields(("key_type", Errors.choice))),
            row(["key_type": #""EC""#], Errors.fields(("key_type", Errors.choice))),
            row(["refresh_grace": "-1"], Errors.fields(("refresh_grace", Errors.minimum(0)))),
            row(["refresh_grace": "301"], Errors.fields(("refresh_grace", Errors.maximum(300)))),
            row(
                ["required_claims": #"["sub","iss"]"#],
                Errors.fields(("required_claims", Errors.choice))),
            row(
                ["name": #""/""#, "token_expire": "59", "algo": nil],
                Errors.fields(
                    ("name", Errors.letters), ("token_expire", Errors.minimum(60)),
                    ("algo", Errors.required))),
        ]

    private static let mismatches: [Row] = [
        ("RSA", "ES256", "RS256, RS384, RS512, PS256, PS384, PS512"),
        ("RSA", "none", "RS256, RS384, RS512, PS256, PS384, PS512"),
        ("ECDSA", "RS256", "ES256, ES384, ES512"), ("ECDSA", "es256", "ES256, ES384, ES512"),
        ("OKP", "HS256", "EdDSA"), ("OCT", "EdDSA", "HS256, HS384, HS512"),
    ].map { kind, algorithm, names in
        row(
            ["key_type": "\"\(kind)\"", "algo": "\"\(algorithm)\""],
            #"{"errors":"for \#(kind), please select from \#(names) only"}"#)
    }

    @Test(
        "refuses what the contract refuses",
        arguments: required + lives + delays + types + values + mismatches)
    func refuses(_ row: Row) async throws {
        _ = try await row.check(try await TestServer.shared.value, try await Self.app.value)
    }

    private static let app = Task { try await TestServer.shared.value.createApp() }

    @Test("answers exactly four members, which no cache may keep")
    func answer() async throws {
        let server = try await TestServer.shared.value
        let answer = try await server.call(
            "POST", Self.path, key: TestServer.rootKey, body: Self.body())
        #expect(answer.status == 200)
        #expect(answer.field("cache-control") == ["no-store"])
        let id = try answer.string("app_id")
        let key = try answer.string("app_key")
        let publicKey = try answer.string("public_key")
        #expect(
            answer.text
                == """
                {"app_id":"\(id)","app_key":"\(key)","public_key":"\(publicKey)","algo":"ES256"}
                """
        )
        #expect(try Regex("[0-9A-HJKMNP-TV-Z]{26}").wholeMatch(in: id) != nil)
        #expect(try Regex("[A-Za-z0-9+/]{128}").wholeMatch(in: key) != nil)
        let pem = String(decoding: try #require(Data(base64Encoded: publicKey)), as: UTF8.self)
        #expect(pem.hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
        #expect(pem.hasSuffix("-----END PUBLIC KEY-----\n"))
    }

    @Test("shows the new app, its key and the list as the contract spells them")
    func shows() async throws {
        let server = try await TestServer.shared.value
        let before = Int64(Date().timeIntervalSince1970)
        let created = try await server.call(
            "POST", Self.path, key: TestServer.rootKey,
            body: Self.body([
                "name": #""My \u0041pp.1_@-\t2""#, "description": #""two\nlines""#,
                "token_notbefore": "5", "refresh_grace": "0", "required_claims": #"["sub"]"#,
            ]))
        let after = Int64(Date().timeIntervalSince1970)
        let id = try created.string("app_id")
        let key = try created.string("app_key")
        let shown = try await server.call("GET", "/app/\(id)", key: key)
        let added = try #require(
            (try shown.object()["app"] as? [String: Any])?["add_time"] as? Int64)
        #expect((before...after).contains(added))
        let object = """
            {"id":"\(id)","name":"My App.1_@-\\t2","description":"two\\nlines",\
            "token_expiry":3600,"token_notbefore":5,"refresh_expiry":7200,\
            "refresh_notbefore":3000,"key_type":"ECDSA","algo":"ES256",\
            "rotation_period":31536000,"add_time":\(added),"update_time":0,"last_key_rotate":0}
            """
        #expect(shown.text == #"{"app":\#(object)}"#)

        let list = try await server.call("GET", "/root/list", key: TestServer.rootKey)
        #expect(list.text.hasPrefix(#"{"apps":[{"id":"#))
        #expect(list.text.contains(object))

        let keys = try await server.call("GET", "/app/\(id)/pub-keys", key: key)
        let items = try #require(try keys.object()["keys"] as? [[String: Any]])
        let keyID = try #require(items.first?["key_id"] as? String)
        #expect(
            keys.text == """
                {"keys":[{"key_id":"\(keyID)","public_key":"\(try created.string("public_key"))",\
                "key_type":"ECDSA","key_algo":"ES256","exp_time":\(added + 31_536_000),\
                "is_expired":"no","is_revoked":"no"}]}
                """)
    }

    @Test("does not show a shared secret as a public key")
    func symmetric() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(.hs512)
        #expect(app.publicKey == nil)
        let keys = try await server.call("GET", "/app/\(app.id)/pub-keys", key: app.key)
        #expect(keys.text.contains(#""public_key":null,"key_type":"OCT","key_algo":"HS512""#))
        for form in Self.spellings(app.privateKey.encoded) {
            #expect(!keys.text.contains(form))
        }
    }

    private static func spellings(_ bytes: [UInt8]) -> [String] {
        let base64 = Data(bytes).base64EncodedString()
        return [
            base64, base64.replacing("=", with: ""),
            String(decoding: Base64URL.encode(bytes), as: UTF8.self),
            bytes.map { String(format: "%02x", $0) }.joined(),
        ]
    }

    @Test("takes the extremes, and white space and null where they are allowed")
    func extremes() async throws {
        let server = try await TestServer.shared.value
        for changes: [String: String?] in [
            ["token_expire": "60", "refresh_expire": "60", "rotation_period": "60"],
            ["token_expire": "31536000", "refresh_expire": "31536000"],
            ["token_notbefore": "31536000", "refresh_notbefore": "31536000"],
            ["token_notbefore": "null", "refresh_notbefore": nil, "description": "null"],
            ["refresh_grace": "300", "required_claims": "[]"],
            ["refresh_grace": "null", "required_claims": "null"],
            ["name": "\"\(String(repeating: "a", count: 255))\"", "description": #""""#],
            ["name": #""\u0020\t\n\f\r""#],
        ] {
            let answer = try await server.call(
                "POST", Self.path, key: TestServer.rootKey, body: Self.body(changes))
            #expect(answer.status == 200, "\(changes): \(answer.text)")
        }
    }

    @Test("makes many apps at the same time, each with a key of its own")
    func parallel() async throws {
        let server = try await TestServer.shared.value
        let apps = try await withThrowingTaskGroup(of: TestApp.self) { group in
            for _ in 0..<16 { group.addTask { try await server.createApp(.es256) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(apps.map(\.id)).count == 16)
        #expect(Set(apps.map(\.key)).count == 16)
        #expect(Set(apps.map(\.publicKey)).count == 16)
    }
}
