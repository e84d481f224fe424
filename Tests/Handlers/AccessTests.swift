import Testing

/// Who may call what (apps.md, the table of errors).
@Suite("Access")
struct AccessTests {
    private static let rootKey = TestServer.rootKey
    private static let other = String(repeating: "A", count: 128)
    private static let unknownApp = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

    private static let appRoutes = [
        ("GET", "/app/{app}"), ("GET", "/app/{app}/pub-keys"), ("POST", "/app/{app}/sign"),
        ("POST", "/app/{app}/verify"), ("POST", "/app/{app}/sign/batch"),
        ("POST", "/app/{app}/verify/batch"), ("POST", "/app/{app}/renew"),
        ("POST", "/app/{app}/get-session"), ("POST", "/app/{app}/logout"),
    ]

    private static let malformedIDs: [(name: String, id: String)] = [
        ("a word", "nope"), ("25 characters", "01ARZ3NDEKTSV4RRFFQ69G5FA"),
        ("27 characters", "01ARZ3NDEKTSV4RRFFQ69G5FAV0"), ("an I", "I1ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("an L", "01ARZ3NDEKTSV4RRFFQ69G5FAL"), ("an o", "01ARZ3NDEKTSV4RRFFQ69G5FAo"),
        ("a u", "01ARZ3NDEKTSV4RRFFQ69G5FAu"), ("a hyphen", "01ARZ3NDEKTSV4RRFFQ69G5FA-"),
    ]

    private static let invalidAppIDs: [Row] = malformedIDs.flatMap { malformed in
        appRoutes.map { method, path in
            Row(
                malformed.name, method, path.replacing("{app}", with: malformed.id), status: 403,
                #"{"errors":"invalid app id"}"#)
        }
    }

    private static let wrongAppKeys: [Row] = appRoutes.flatMap { method, path in
        let text = #"{"errors":"invalid app key or id"}"#
        let unknown = path.replacing("{app}", with: unknownApp)
        return [
            Row("no key", method, path, key: .none, status: 403, text),
            Row("an empty key", method, path, key: .text(""), status: 403, text),
            Row("another key", method, path, key: .text(other), status: 403, text),
            Row("the root key", method, path, key: .root, status: 403, text),
            Row("only Bearer", method, path, key: .text("Bearer"), status: 403, text),
            Row("the key twice", method, path, fields: ["Authorization: x"], status: 403, text),
            Row("an unknown app", method, unknown, status: 403, text),
            Row(
                "26 digits of more than 128 bits", method,
                path.replacing("{app}", with: "8" + unknownApp.dropFirst()), status: 403, text),
        ]
    }

    private static let rootRoutes =
        [("GET", "/root/list"), ("GET", "/root/rotate"), ("POST", "/root/create")] + managing
        // Who may not is not told either what is wrong with an id.
        + managing.map { ($0, $1.replacing("{app}", with: "nope")) }

    private static let managing = [
        ("PATCH", "/root/{app}"), ("DELETE", "/root/{app}"), ("GET", "/root/{app}/rotate/key"),
        ("GET", "/root/{app}/rotate/pki"), ("DELETE", "/root/{app}/flush"),
        ("DELETE", "/root/{app}/revoke/\(unknownApp)"),
    ]

    private static let noRoot = #"{"errors":"invalid app or key id"}"#

    private static let malformedRootIDs: [Row] = malformedIDs.flatMap { malformed in
        managing.dropLast().map { method, path in
            Row(
                malformed.name, method, path.replacing("{app}", with: malformed.id), key: .root,
                status: 400, #"{"errors":"invalid app id"}"#)
        } + [
            Row(
                malformed.name, "DELETE", "/root/\(malformed.id)/revoke/\(unknownApp)", key: .root,
                status: 403, noRoot),
            Row(
                malformed.name, "DELETE", "/root/{app}/revoke/\(malformed.id)", key: .root,
                status: 403, noRoot),
        ]
    }

    /// Before the body is looked at: PATCH is sent none.
    private static let unknownApps: [Row] =
        managing.flatMap { method, path in
            [unknownApp, "8" + unknownApp.dropFirst(), unknownApp.lowercased()].map {
                Row(
                    "an unknown app", method, path.replacing("{app}", with: $0), key: .root,
                    status: 404, #"{"message":"app not found"}"#)
            }
        } + [
            Row(
                "an unknown app and a malformed key id", "DELETE", "/root/\(unknownApp)/revoke/x",
                key: .root, status: 403, noRoot)
        ]

    private static let wrongRootKeys: [Row] = rootRoutes.flatMap { method, path in
        let token = #"{"errors":"invalid root token"}"#
        let key = #"{"errors":"invalid root key"}"#
        return [
            Row("no key", method, path, key: .none, status: 403, token),
            Row(
                "127 characters", method, path, key: .text(String(rootKey.dropLast())), status: 403,
                token),
            Row("129 characters", method, path, key: .text(rootKey + "A"), status: 403, token),
            Row(
                "two keys", method, path, key: .root, fields: ["Authorization: \(rootKey)"],
                status: 403, token),
            Row("another key", method, path, key: .text(other), status: 403, key),
            Row("an app's key", method, path, key: .app, status: 403, key),
        ]
    }

    @Test(
        "refuses who may not, and what is not there",
        arguments: invalidAppIDs + wrongAppKeys + wrongRootKeys + malformedRootIDs + unknownApps)
    func refuses(_ row: Row) async throws {
        let server = try await TestServer.shared.value
        let answer = try await row.check(server, try await Self.app.value)
        #expect(answer.field("content-type") == ["application/json"])
    }

    private static let app = Task { try await TestServer.shared.value.createApp() }

    @Test(
        "takes the key verbatim and after Bearer, ids in any letter case, and a trailing slash",
        arguments: ["", "Bearer ", "bearer ", "BEARER "], ["", "/"])
    func tolerates(_ prefix: String, _ slash: String) async throws {
        let server = try await TestServer.shared.value
        let app = try await Self.app.value
        for id in [app.id, app.id.lowercased()] {
            let answer = try await server.call(
                "GET", "/app/\(id)\(slash)", key: prefix + app.key)
            #expect(answer.status == 200)
            #expect(answer.text.contains(#""id":"\#(app.id)""#))
        }
        let list = try await server.call(
            "GET", "/root/list\(slash)", key: prefix + TestServer.rootKey)
        #expect(list.status == 200)
    }

    @Test("does not take one app's key for another")
    func otherApp() async throws {
        let server = try await TestServer.shared.value
        let other = try await server.createApp()
        let answer = try await server.call(
            "GET", "/app/\(other.id)", key: try await Self.app.value.key)
        #expect(answer.status == 403)
        #expect(answer.text == #"{"errors":"invalid app key or id"}"#)
    }
}
