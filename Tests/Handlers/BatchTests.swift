import Foundation
import SignetCrypto
import SignetStorage
import Testing

/// POST `/app/{app_id}/sign/batch` and `/verify/batch` (apps.md, "Beyond the original").
@Suite("Batches")
struct BatchTests {
    private static let paths = ["/app/{app}/sign/batch", "/app/{app}/verify/batch"]
    private static let good = "{\(SignTests.wellKnown)}"

    private static func list(_ items: [String]) -> String {
        #"{"items":[\#(items.joined(separator: ","))]}"#
    }

    private static let rows: [Row] = paths.flatMap { path in
        ["{}", "null", #"{"items":null}"#, #"{"items":[]}"#, #"{"Items":[{}]}"#].map {
            Row($0, path, body: $0, Errors.fields(("items", Errors.required)))
        }
            + ["{}", "5", #""a""#, "true"].map {
                Row("items \($0)", path, body: #"{"items":\#($0)}"#, Errors.type)
            }
            + [
                Row(
                    "1001 items", path, body: list(Array(repeating: "{}", count: 1001)),
                    Errors.fields(("items", Errors.maximum(1000)))),
                Row(
                    "an item of 65 levels", path,
                    body: list([
                        #"{"a":"# + String(repeating: "[", count: 64)
                            + String(repeating: "]", count: 64) + "}"
                    ]), Errors.format),
                Row("half an item", path, body: #"{"items":[{]}"#, Errors.format),
                Row(
                    "a name twice in an item", path, body: #"{"items":[{"a":1,"a":2}]}"#,
                    Errors.format),
            ]
    }

    @Test("refuses a list that is none", arguments: rows)
    func refuses(_ row: Row) async throws {
        _ = try await row.check(try await TestServer.shared.value, try await Self.app.value)
    }

    private static let app = Task { try await TestServer.shared.value.createApp(.es256) }

    /// The items of a batch's answer, as they stand there.
    private static func items(_ answer: Answer) throws -> [[String: Any]] {
        #expect(answer.status == 200)
        return try #require(try answer.object()["items"] as? [[String: Any]])
    }

    private static func call(
        _ operation: String, _ items: [String], of app: TestApp,
        on server: TestServer? = nil
    ) async throws -> Answer {
        let shared = try await TestServer.shared.value
        return try await (server ?? shared).call(
            "POST", "/app/\(app.id)/\(operation)/batch", key: app.key, body: list(items))
    }

    /// Requests that are refused by themselves, and how.
    private static let refusals: [(sign: String, text: String)] = [
        (
            "{}",
            Errors.fields(
                ("sub", Errors.required), ("aud", Errors.required), ("ip", Errors.required),
                ("useragent", Errors.required))
        ),
        ("5", Errors.type), ("[]", Errors.type), (#""a""#, Errors.type),
        (#"{"sub":5}"#, Errors.type),
        (
            #"{"sub":"a","aud":"b","ip":"x","useragent":"c"}"#,
            Errors.fields(("ip", Errors.address))
        ),
    ]

    @Test(
        "answers each item as the single call does, in order",
        arguments: [Algorithm.hs256, .es256, .eddsa])
    func sign(_ algorithm: Algorithm) async throws {
        let app = try await TestServer.shared.value.createApp(algorithm)
        var requests: [String] = []
        for (index, refusal) in Self.refusals.enumerated() {
            requests.append(#"{\#(SignTests.wellKnown),"n":\#(index)}"#)
            requests.append(refusal.sign)
        }
        let answer = try await Self.call("sign", requests, of: app)
        #expect(answer.field("cache-control") == ["no-store"])
        let items = try Self.items(answer)
        #expect(items.count == requests.count)

        var texts: [String] = []
        for (index, refusal) in Self.refusals.enumerated() {
            let auth = try #require(items[index * 2]["auth_token"] as? String)
            let refresh = try #require(items[index * 2]["refresh_token"] as? String)
            let publicKey = app.publicKey.map { "\"\($0)\"" } ?? "null"
            texts.append(
                #"{"key_id":"\#(app.keyID)","public_key":\#(publicKey),"#
                    + #""auth_token":"\#(auth)","refresh_token":"\#(refresh)"}"#)
            texts.append(refusal.text)
            #expect(try TokenText(auth).claims.hasSuffix(#","n":\#(index)}"#))
            let verified = try await TestServer.shared.value.call(
                "POST", "/app/\(app.id)/verify", key: app.key, body: #"{"token":"\#(auth)"}"#)
            #expect(verified.text == #"{"verified":true}"#)
        }
        #expect(answer.text == Self.list(texts))
    }

    @Test("verifies tokens in order", arguments: [Algorithm.hs256, .rs256])
    func verify(_ algorithm: Algorithm) async throws {
        let app = try await TestServer.shared.value.createApp(algorithm)
        let signed = try Self.items(try await Self.call("sign", [Self.good, Self.good], of: app))
        let tokens = try signed.flatMap { item in
            try ["auth_token", "refresh_token"].map { try #require(item[$0] as? String) }
        }
        let answer = try await Self.call(
            "verify",
            [
                #"{"token":"\#(tokens[0])"}"#, #"{"token":"a.b.c"}"#, "{}",
                #"{"token":"\#(tokens[1])"}"#, #"{"token":"a"}"#, "null",
                #"{"token":"\#(tokens[2].dropLast(4))AAAA"}"#, #"{"token":5}"#,
                #"{"token":"\#(tokens[3].replacing(".", with: #"\u002e"#))"}"#,
            ], of: app)
        let required = Errors.fields(("token", Errors.required))
        let (yes, no) = (#"{"verified":true}"#, #"{"verified":false}"#)
        #expect(
            answer.text
                == Self.list([
                    yes, no, required, yes, Errors.fields(("token", Errors.token)), required, no,
                    Errors.type, yes,
                ]))
        #expect(answer.status == 200)
    }

    @Test("takes a thousand items, all with the same commit", arguments: [Algorithm.hs256, .es256])
    func thousand(_ algorithm: Algorithm) async throws {
        let server = try await TestServer()
        let app = try await server.createApp(algorithm)
        let commits = server.store.commitSizes.count
        let requests = (0..<1000).map { #"{\#(SignTests.wellKnown),"n":\#($0)}"# }
        let items = try Self.items(try await Self.call("sign", requests, of: app, on: server))
        #expect(server.store.commitSizes.dropFirst(commits) == [1000])
        let tokens = try items.map { try #require($0["auth_token"] as? String) }
        #expect(Set(tokens).count == 1000)
        for (index, token) in tokens.enumerated() where index % 100 == 0 {
            #expect(try TokenText(token).claims.hasSuffix(#","n":\#(index)}"#))
        }
        let verified = try await Self.call(
            "verify", tokens.map { #"{"token":"\#($0)"}"# }, of: app, on: server)
        #expect(verified.text == Self.list(Array(repeating: #"{"verified":true}"#, count: 1000)))
        await server.stop()
    }

    @Test("reads an item as deep as the single call does")
    func depth() async throws {
        let app = try await Self.app.value
        let deepest = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        let request = #"{\#(SignTests.wellKnown),"deep":\#(deepest)}"#
        let single = try await TestServer.shared.value.call(
            "POST", "/app/\(app.id)/sign", key: app.key, body: request)
        #expect(single.status == 200)
        let items = try Self.items(try await Self.call("sign", [request], of: app))
        #expect(items.first?["auth_token"] is String)
    }

    @Test("says db-down for exactly the items that were not committed")
    func storeDown() async throws {
        let server = try await TestServer()
        let app = try await server.createApp()
        server.store.fail(.commit, .diskFull)
        let answer = try await Self.call("sign", [Self.good, "{}", Self.good], of: app, on: server)
        let down = #"{"message":"db-down"}"#
        #expect(answer.text == Self.list([down, Self.refusals[0].text, down]))
        #expect(answer.status == 200)
        let again = try Self.items(try await Self.call("sign", [Self.good], of: app, on: server))
        #expect(again.first?["auth_token"] is String)
        await server.stop()
    }

    @Test("refuses a list that is longer than a body may be", arguments: paths)
    func tooLong(_ path: String) async throws {
        let app = try await Self.app.value
        let item = #"{"token":"\#(String(repeating: "a", count: 1100))"}"#
        let body = Self.list(Array(repeating: item, count: 1000))
        let answer = try await TestServer.shared.value.call(
            "POST", path.replacing("{app}", with: app.id), key: app.key, body: body)
        #expect(answer.status == 413)
        #expect(Array(try answer.object().keys) == ["message"])
    }
}
