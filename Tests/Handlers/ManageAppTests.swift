import Foundation
import SignetCrypto
import SignetStorage
import Testing

/// What the owner of the root key does with an app: its key, its end, and the root key itself.
@Suite("Managing apps")
struct ManageAppTests {
    private static let ok = #"{"status":"ok"}"#

    private static func root(
        _ server: TestServer, _ method: String, _ path: String, key: String = TestServer.rootKey
    ) async throws -> Answer {
        try await server.call(method, path, key: key)
    }

    @Test("replaces an app key: the old one is dead with the answer, and it alone shows the new")
    func rotateKey() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(.es256)
        let signed = try await server.call(
            "POST", "/app/\(app.id)/sign", key: app.key, body: "{\(SignTests.wellKnown)}")
        let token = try signed.string("auth_token")

        let answer = try await Self.root(
            server, "GET", "/root/\(app.id.lowercased())/rotate/key/")
        #expect(answer.status == 200)
        #expect(answer.field("cache-control") == ["no-store"])
        let key = try answer.string("app_key")
        #expect(answer.text == #"{"app_id":"\#(app.id)","app_key":"\#(key)"}"#)
        #expect(try Regex("[A-Za-z0-9+/]{128}").wholeMatch(in: key) != nil)

        let old = try await server.call("GET", "/app/\(app.id)", key: app.key)
        #expect(old.status == 403)
        let shown = try await server.call("GET", "/app/\(app.id)", key: key)
        #expect(shown.status == 200)
        let object = try #require(try shown.object()["app"] as? [String: Any])
        #expect(object["update_time"] as? Int64 ?? 0 > 0)
        #expect(object["last_key_rotate"] as? Int64 == 0)
        // The key lets in; it has nothing to do with the tokens.
        let verified = try await server.call(
            "POST", "/app/\(app.id)/verify", key: key, body: #"{"token":"\#(token)"}"#)
        #expect(verified.text == #"{"verified":true}"#)
    }

    @Test("replaces the root key: the old one is dead with the answer")
    func rotateRootKey() async throws {
        let server = try await TestServer()
        let app = try await server.createApp()
        var key = TestServer.rootKey
        for slash in ["", "/"] {
            let answer = try await Self.root(server, "GET", "/root/rotate\(slash)", key: key)
            #expect(answer.status == 200)
            #expect(answer.field("cache-control") == ["no-store"])
            let new = try answer.string("new-key")
            #expect(answer.text == #"{"new-key":"\#(new)"}"#)
            #expect(try Regex("[A-Za-z0-9+/]{128}").wholeMatch(in: new) != nil)
            let old = try await Self.root(server, "GET", "/root/list", key: key)
            #expect(old.status == 403)
            #expect(old.text == #"{"errors":"invalid root key"}"#)
            #expect(try await Self.root(server, "GET", "/root/list", key: new).status == 200)
            key = new
        }
        #expect(try await server.call("GET", "/app/\(app.id)", key: app.key).status == 200)
        await server.stop()
    }

    @Test(
        "HEAD, whose answer shows no key, replaces none",
        arguments: ["/root/rotate", "/root/{app}/rotate/key", "/root/{app}/rotate/pki"])
    func head(_ path: String) async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp()
        let path = path.replacing("{app}", with: app.id)
        let answer = try await Self.root(server, "HEAD", path)
        #expect(answer.status == 405)
        #expect(answer.field("allow") == ["GET"])
        #expect(try await Self.root(server, "GET", "/root/list").status == 200)
        let keys = try await server.call("GET", "/app/\(app.id)/pub-keys", key: app.key)
        #expect(keys.text.contains(app.keyID))
    }

    @Test("deletes an app: from the answer on there is none")
    func delete() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(.es256)
        let other = try await server.createApp(.es256)
        let answer = try await Self.root(server, "DELETE", "/root/\(app.id)/")
        #expect(answer.status == 200)
        #expect(answer.text == Self.ok)
        for (method, path) in [
            ("GET", ""), ("GET", "/pub-keys"), ("POST", "/sign"), ("POST", "/verify"),
        ] {
            let gone = try await server.call(
                method, "/app/\(app.id)\(path)", key: app.key, body: "{}")
            #expect(gone.status == 403)
            #expect(gone.text == #"{"errors":"invalid app key or id"}"#)
        }
        let list = try await Self.root(server, "GET", "/root/list")
        #expect(!list.text.contains(app.id))
        #expect(list.text.contains(other.id))
        let again = try await Self.root(server, "DELETE", "/root/\(app.id)")
        #expect(again.status == 404)
        #expect(again.text == #"{"message":"app not found"}"#)
        #expect(try await server.call("GET", "/app/\(other.id)", key: other.key).status == 200)
    }

    @Test(
        "never answers 500 to an app that is being deleted", arguments: [Algorithm.hs256, .es256])
    func deletedMeanwhile(_ algorithm: Algorithm) async throws {
        let server = try await TestServer()
        // The more there are, the longer it takes to publish what is left.
        for _ in 0..<300 { _ = try await server.createApp() }
        for _ in 0..<20 {
            let app = try await server.createApp(algorithm)
            async let deleted = Self.root(server, "DELETE", "/root/\(app.id)")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        var last = 0
                        repeat {
                            last = try await server.call(
                                "POST", "/app/\(app.id)/sign", key: app.key,
                                body: "{\(SignTests.wellKnown)}"
                            ).status
                        } while last == 200
                        return last
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(try await deleted.status == 200)
            #expect(statuses == [403])
        }
        await server.stop()
    }

    @Test("deletes nothing that the store did not delete, and what it can't read back")
    func failures() async throws {
        let server = try await TestServer()
        let app = try await server.createApp()
        server.store.fail(.write, .inputOutput)
        let failed = try await Self.root(server, "DELETE", "/root/\(app.id)")
        #expect(failed.status == 503)
        #expect(failed.text == #"{"message":"db-down"}"#)
        #expect(try await server.call("GET", "/app/\(app.id)", key: app.key).status == 200)

        server.store.fail(.load, .inputOutput)
        #expect(try await Self.root(server, "DELETE", "/root/\(app.id)").text == Self.ok)
        #expect(try await server.call("GET", "/app/\(app.id)", key: app.key).status == 403)
        await server.stop()
    }

    @Test("tells of a new app key although it can't be read back")
    func rotateWithoutReading() async throws {
        let server = try await TestServer()
        let app = try await server.createApp()
        server.store.fail(.load, .inputOutput)
        let answer = try await Self.root(server, "GET", "/root/\(app.id)/rotate/key")
        let key = try answer.string("app_key")
        #expect(try await server.call("GET", "/app/\(app.id)", key: app.key).status == 403)
        #expect(try await server.call("GET", "/app/\(app.id)", key: key).status == 200)
        await server.stop()
    }

    @Test("keeps what each of two administrators changed at the same time")
    func twoAdministrators() async throws {
        let server = try await TestServer.shared.value
        for round in 0..<20 {
            let app = try await server.createApp()
            async let renamed = server.call(
                "PATCH", "/root/\(app.id)", key: TestServer.rootKey,
                body: """
                    {"name":"round \(round)","token_expire":60,"refresh_expire":60,\
                    "rotation_period":60}
                    """)
            async let rotated = Self.root(server, "GET", "/root/\(app.id)/rotate/key")
            #expect(try await renamed.status == 200)
            let key = try await rotated.string("app_key")
            let shown = try await server.call("GET", "/app/\(app.id)", key: key)
            #expect(shown.status == 200)
            #expect(shown.text.contains(#""name":"round \#(round)""#))
            #expect(try await server.call("GET", "/app/\(app.id)", key: app.key).status == 403)
        }
    }

    private static func sign(_ app: TestApp, on server: TestServer) async throws -> Answer {
        try await server.call(
            "POST", "/app/\(app.id)/sign", key: app.key, body: "{\(SignTests.wellKnown)}")
    }

    private static func verifies(
        _ token: String, _ app: TestApp, on server: TestServer
    ) async throws -> Bool {
        let answer = try await server.call(
            "POST", "/app/\(app.id)/verify", key: app.key, body: #"{"token":"\#(token)"}"#)
        return answer.text == #"{"verified":true}"#
    }

    @Test(
        "replaces the keys of an app: all its tokens are dead with the answer, and it signs",
        arguments: [Algorithm.hs256, .es256])
    func rotateKeys(_ algorithm: Algorithm) async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(algorithm)
        let other = try await server.createApp(algorithm)
        let old = try await Self.sign(app, on: server)
        let kept = try await Self.sign(other, on: server).string("auth_token")
        let answer = try await Self.root(
            server, "GET", "/root/\(app.id.lowercased())/rotate/pki/")
        #expect(answer.status == 200)
        let new = try await Self.sign(app, on: server)
        let key = try new.object()["public_key"] as? String
        let keyText = key.map { "\"\($0)\"" } ?? "null"
        #expect(
            answer.text == #"{"app_id":"\#(app.id)","new_public_key":\#(keyText),"#
                + #""algo":"\#(algorithm.name)"}"#)
        #expect(try new.string("key_id") != app.keyID)
        if algorithm == .es256 { #expect(key != nil && key != app.publicKey) }

        for name in ["auth_token", "refresh_token"] {
            #expect(try await !Self.verifies(try old.string(name), app, on: server))
            #expect(try await Self.verifies(try new.string(name), app, on: server))
        }
        let renewal = try await server.call(
            "POST", "/app/\(app.id)/renew", key: app.key,
            body: """
                {"refresh_token":"\(try old.string("refresh_token"))","ip":"::1","useragent":"u"}
                """)
        #expect(renewal.status == 404)
        #expect(try await Self.verifies(kept, other, on: server))
        let shown = try await server.call("GET", "/app/\(app.id)", key: app.key)
        let object = try #require(try shown.object()["app"] as? [String: Any])
        #expect(object["last_key_rotate"] as? Int64 ?? 0 > 0)
        #expect(object["update_time"] as? Int64 == 0)
    }

    @Test("revokes a key: its tokens are dead with the answer, and the app signs with a new one")
    func revoke() async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp(.es256)
        let old = try await Self.sign(app, on: server).string("auth_token")
        // The second time the key is revoked already.
        for path in [app.keyID.lowercased() + "/", app.keyID] {
            let answer = try await Self.root(server, "DELETE", "/root/\(app.id)/revoke/\(path)")
            #expect(answer.status == 200)
            #expect(answer.text == Self.ok)
            #expect(try await !Self.verifies(old, app, on: server))
            let new = try await Self.sign(app, on: server)
            #expect(try new.string("key_id") != app.keyID)
            #expect(try await Self.verifies(try new.string("auth_token"), app, on: server))
        }
    }

    @Test(
        "revokes nothing, and says ok, for a key that the app does not have",
        arguments: ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "8zzzzzzzzzzzzzzzzzzzzzzzzz", "OTHER"])
    func revokeUnknown(_ keyID: String) async throws {
        let server = try await TestServer.shared.value
        let app = try await server.createApp()
        let other = try await server.createApp()
        let answer = try await Self.root(
            server, "DELETE",
            "/root/\(app.id)/revoke/\(keyID.replacing("OTHER", with: other.keyID))")
        #expect(answer.status == 200)
        #expect(answer.text == Self.ok)
        for app in [app, other] {
            let keys = try await server.call("GET", "/app/\(app.id)/pub-keys", key: app.key)
            #expect(keys.text.contains(#""key_id":"\#(app.keyID)""#))
            #expect(keys.text.contains(#""is_revoked":"no""#))
        }
    }
}
