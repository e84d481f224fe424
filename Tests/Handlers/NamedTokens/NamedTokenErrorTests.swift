import Foundation
import SignetAuthority
import SignetStorage
import Testing

/// named-tokens.md, the table of errors, row by row.
@Suite("Refusals of named tokens")
struct NamedTokenErrorTests {
    private static let user = Task { try await NamedTokenUser.make() }
    private static let path = NamedTokenUser.list

    private func expect(
        _ answer: Answer, _ status: Int, _ text: String?,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(answer.status == status, sourceLocation: location)
        #expect(answer.field("content-type") == ["application/json"], sourceLocation: location)
        #expect(answer.field("cache-control") == ["no-store"], sourceLocation: location)
        #expect(Array(try answer.object().keys) == ["message"], sourceLocation: location)
        #expect(try !answer.string("message").isEmpty, sourceLocation: location)
        if let text { #expect(answer.text == text, sourceLocation: location) }
    }

    @Test("401 without right Basic credentials, on every route", arguments: ["GET", "POST"])
    func unauthorized(_ method: String) async throws {
        let user = try await Self.user.value
        func basic(_ text: String) -> String { "Basic \(Data(text.utf8).base64EncodedString())" }
        let token = try await user.token("bearer \(method)").text
        let keys: [String?] = [
            nil, "Basic", "Basic ", "Basic !", basic(""), basic(":"), basic(user.login),
            basic("\(user.login):"), basic(":\(user.password)"),
            basic("\(user.login):\(user.password) "), basic("\(user.login):wrong"),
            basic("nobody:\(user.password)"), "Bearer \(token)", user.password,
            "Digest username=\(user.login)",
            basic("\(user.login):\(user.password)") + "=",
        ]
        for key in keys {
            for path in [Self.path, "\(Self.path)/", "/v1alpha/token"] {
                let body = method == "POST" ? Array("{".utf8) : nil
                let answer = try await user.server.call(method, path, key: key, body: body)
                try expect(answer, 401, NamedTokenMessage.unauthorized)
                #expect(answer.field("www-authenticate") == [#"Basic realm="signet""#])
            }
        }
        let twice = try await user.server.call(
            method, Self.path, key: user.basic, fields: ["Authorization: \(user.basic)"])
        try expect(twice, 401, NamedTokenMessage.unauthorized)
        let item = "\(Self.path)/94f10f9b-2139-4f31-ab57-52ac175b9acc"
        for method in ["GET", "DELETE"] {
            try expect(
                try await user.server.call(method, item), 401, NamedTokenMessage.unauthorized)
        }
    }

    @Test("the scheme's letter case does not count, nor that of a login")
    func letterCase() async throws {
        let user = try await Self.user.value
        for key in [
            user.basic.replacing("Basic", with: "bAsIc"),
            OAuthClient.basic(user.login.lowercased(), user.password),
        ] { #expect(try await user.server.call("GET", Self.path, key: key).status != 401) }
    }

    @Test("404 for a list of none")
    func none() async throws {
        let user = try await NamedTokenUser.make()
        try expect(try await user.call("GET"), 404, NamedTokenMessage.none)
        #expect(try await user.call("HEAD").status == 404)
    }

    @Test(
        "404 for an unknown id",
        arguments: [
            "94f10f9b-2139-4f31-ab57-52ac175b9acc", "00000000-0000-0000-0000-000000000000", "x",
            "94f10f9b21394f31ab5752ac175b9acc", "94f10f9b-2139-4f31-ab57-52ac175b9acc0",
            "94f10f9b-2139-4f31-ab57-52ac175b9acg", "%20", "%2F", "..",
            "94f10f9b-2139-4f31-ab57+52ac175b9acc",
        ], ["GET", "DELETE"])
    func unknown(_ id: String, _ method: String) async throws {
        let user = try await Self.user.value
        try expect(
            try await user.call(method, "\(Self.path)/\(id)"), 404,
            id == "%2F" ? nil : NamedTokenMessage.unknown)
    }

    @Test(
        "400 for a description that is used already, blank or null",
        arguments: [
            #""used""#, #""\u0075sed""#, #""""#, #"" ""#, #""\t\n\u3000""#, "null",
        ])
    func description(_ description: String) async throws {
        let user = try await NamedTokenUser.make()
        _ = try await user.token("used")
        let answer = try await user.call(
            "POST", body: #"{"jwt_token_description":\#(description),"jwt_token_life":"1h"}"#)
        try expect(answer, 400, NamedTokenMessage.taken)
        // By case.
        #expect(try await user.post("Used").status == 201)
    }

    @Test(
        "400 that says what is wrong and what is accepted",
        arguments: [
            ("", "JSON object"), ("{", "JSON object"), ("[]", "JSON object"),
            ("null", "JSON object"), (#""text""#, "JSON object"),
            (#"{"jwt_token_life":"1h","jwt_token_life":"1h"}"#, "JSON object"),
            ("{}", "Both jwt_token_description and jwt_token_life"),
            (#"{"jwt_token_life":"1h"}"#, "Both"), (#"{"jwt_token_description":"d"}"#, "Both"),
            (#"{"jwt_token_description":1,"jwt_token_life":"1h"}"#, "must be a string"),
            (#"{"jwt_token_description":["d"],"jwt_token_life":"1h"}"#, "must be a string"),
            (#"{"jwt_token_description":"d","jwt_token_life":null}"#, "6 hours"),
            (#"{"jwt_token_description":"d","jwt_token_life":true}"#, "6 hours"),
            (#"{"jwt_token_description":"d","jwt_token_life":{}}"#, "6 hours"),
            (#"{"jwt_token_description":"d","jwt_token_life":90.5}"#, "6 hours"),
            (#"{"jwt_token_description":"d","jwt_token_life":9e1}"#, "6 hours"),
            (#"{"jwt_token_description":"d","jwt_token_life":0}"#, "6 hours"),
            (#"{"jwt_token_description":"d","jwt_token_life":-1}"#, "6 hours"),
            (#"{"jwt_token_description":"d","jwt_token_life":315360001}"#, "6 hours"),
            (#"{"jwt_token_description":"d","jwt_token_life":99999999999999999999}"#, "6 hours"),
            (#"{"jwt_token_description":"d","jwt_token_life":"90"}"#, "6 hours"),
            (#"{"jwt_token_description":"d","jwt_token_life":"1 month"}"#, "6 hours"),
            (#"{"jwt_token_description":"d","jwt_token_life":""}"#, "6 hours"),
            // The life is looked at before the description.
            (#"{"jwt_token_description":"","jwt_token_life":"1 month"}"#, "6 hours"),
            (#"{"jwt_token_description":null,"jwt_token_life":"0s"}"#, "6 hours"),
            (#"{"jwt_token_description":1,"jwt_token_life":"soon"}"#, "6 hours"),
        ])
    func malformed(_ body: String, _ part: String) async throws {
        let user = try await Self.user.value
        let answer = try await user.call("POST", body: body)
        try expect(answer, 400, nil)
        #expect(try answer.string("message").contains(part))
    }

    @Test("400 for a description of more than 1024 bytes")
    func longDescription() async throws {
        let user = try await NamedTokenUser.make()
        let longest = String(repeating: "é", count: 512)
        try expect(try await user.post(longest + "x"), 400, nil)
        let (_, token) = try await user.token(longest)
        #expect(try await user.check(token).status == 200)
    }

    @Test(
        "415 for a media type that is not JSON, whatever the body is",
        arguments: [
            "application/x-www-form-urlencoded", "text/plain", "text/json", "application/jsonx",
            "json", "+json", "application/+jsonx", "", "application/json2; x=application/json",
        ])
    func mediaType(_ type: String) async throws {
        let user = try await Self.user.value
        let answer = try await user.call("POST", body: "x", fields: ["Content-Type: \(type)"])
        try expect(answer, 415, nil)
    }

    @Test(
        "405 for other methods, without credentials, and OPTIONS that says which there are",
        arguments: [
            (path, "GET, HEAD, POST, OPTIONS"), ("\(path)/", "GET, HEAD, POST, OPTIONS"),
            ("/v1alpha/token", "GET, HEAD, POST, OPTIONS"),
            ("\(path)/x", "GET, HEAD, DELETE, OPTIONS"),
            ("/v1alpha/token/x/", "GET, HEAD, DELETE, OPTIONS"),
        ])
    func methods(_ path: String, _ allow: String) async throws {
        let server = try await TestServer.shared.value
        for method in ["PUT", "PATCH", "DELETE", "POST", "PROPFIND"]
        where !allow.contains(method) {
            let answer = try await server.call(method, path)
            try expect(answer, 405, NamedTokenMessage.method)
            #expect(answer.field("allow") == [allow])
        }
        let options = try await server.call("OPTIONS", path)
        #expect(options.status == 200)
        #expect(options.field("allow") == [allow])
        #expect(options.body.isEmpty)
    }

    @Test("404 for what is no route of the dialect, in its shape")
    func noRoute() async throws {
        let server = try await TestServer.shared.value
        for path in ["\(Self.path)/x/y", "/v1alpha/token/x/y/z"] {
            try expect(try await server.call("GET", path), 404, nil)
        }
        for path in ["/api/v1alpha", "/api/v1alpha/tokens", "/api/api/v1alpha/token", "/v1alpha"] {
            let answer = try await server.call("GET", path)
            #expect(answer.status == 404)
            #expect(answer.field("content-type") == ["application/problem+json"])
        }
    }

    @Test("413 and 431 in the dialect's shape")
    func limits() async throws {
        let user = try await Self.user.value
        let body = #"{"jwt_token_description":""# + String(repeating: "x", count: 1 << 20)
        let large = try await user.call("POST", body: body + #"","jwt_token_life":"1h"}"#)
        #expect(large.status == 413)
        #expect(Array(try large.object().keys) == ["message"])
        let head = try await user.call(
            "GET", fields: ["X-Long: \(String(repeating: "x", count: 20_000))"])
        #expect(head.status == 431)
        #expect(Array(try head.object().keys) == ["message"])
    }

    @Test("503 while the store fails, and nothing of it has happened")
    func storeFails() async throws {
        let server = try await TestServer()
        let user = try await NamedTokenUser.make(server)
        let (id, token) = try await user.token("kept")
        func expectUnavailable(_ answer: Answer) throws {
            try expect(answer, 503, nil)
            #expect(answer.field("retry-after") == ["1"])
        }
        server.store.fail(.write, .diskFull)
        try expectUnavailable(try await user.post("new"))
        server.store.fail(.write, .inputOutput)
        try expectUnavailable(try await user.call("DELETE", "\(Self.path)/\(id)"))
        for path in [Self.path, "\(Self.path)/\(id)"] {
            server.store.fail(.namedToken, .inputOutput)
            try expectUnavailable(try await user.call("GET", path))
        }
        server.store.fail(.namedToken, .inputOutput)
        #expect(try await user.check(token).status == 503)
        server.store.fail(.user, .inputOutput)
        try expectUnavailable(
            try await server.call("GET", Self.path, key: OAuthClient.basic("x", "wrong-word")))
        #expect(try await user.check(token).status == 200)
        #expect(try await user.post("new").status == 201)
        await server.stop()
    }

    @Test("429 when the calls of an address are limited")
    func rateLimit() async throws {
        let server = try await TestServer(limits: [
            .app: RateLimit(1000, perSeconds: 1), .address: RateLimit(1, perSeconds: 100),
        ])
        let user = try await NamedTokenUser.make(server)
        #expect(try await user.call("OPTIONS").status == 200)
        var last = try await user.call("GET")
        for _ in 0..<10 where last.status != 429 { last = try await user.call("GET") }
        try expect(last, 429, nil)
        #expect(last.field("retry-after").count == 1)
        #expect(last.field("ratelimit-policy").count == 1)
        #expect(last.field("ratelimit").count == 1)
        await server.stop()
    }
}
