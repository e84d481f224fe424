import Foundation
import TestSupport
import Testing

/// A connection that repeats its head is let in without another look at its key, as long as no app has
/// changed.
@Suite("Connections that repeat their head")
struct RepeatedHeadTests {
    /// What ends the key that such a connection shows: the first word says how.
    private static let endings = [
        "GET /root/{app}/rotate/key", "DELETE /root/{app}", "app rotate-key", "app delete --yes",
    ]

    @Test("are refused when their key has ended", arguments: endings)
    func ended(_ ending: String) throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let connections = try (0..<3).map { _ in try server.connect() }
        for connection in connections {
            for _ in 0..<5 { #expect(try app.sign(on: connection).status == 200) }
        }
        let words = ending.split(separator: " ").map(String.init)
        if words[0] == "app" {
            let made = try Signet.run(
                words.prefix(2) + [app.id] + words.dropFirst(2) + ["--data", server.data],
                in: server.folder)
            #expect(made.ending == .exited(0))
            // The server sees it within a tenth of a second.
            #expect(try Polling.reaches { try app.sign(on: connections[0]).status != 200 })
        } else {
            let answer = try server.connect().call(
                words[0], words[1].replacing("{app}", with: app.id), key: server.rootKey)
            #expect(answer.status == 200)
        }
        for connection in connections {
            for _ in 0..<3 {
                let answer = try app.sign(on: connection)
                #expect(answer.status == 403)
                #expect(answer.text == #"{"errors":"invalid app key or id"}"#)
            }
        }
        #expect(try server.stop() == .exited(0))
    }

    @Test("get what the app's terms are now")
    func terms() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let connection = try server.connect()
        for _ in 0..<3 { #expect(try app.sign(on: connection).status == 200) }
        let answer = try server.connect().call(
            "PATCH", "/root/\(app.id)", key: server.rootKey,
            body: #"""
                {"name":"tests","token_expire":3600,"refresh_expire":7200,
                "rotation_period":31536000,"required_claims":["sub","aud","ip","useragent"]}
                """#)
        #expect(answer.status == 200, "\(answer)")
        #expect(try app.sign(on: connection, body: #"{"sub":"a"}"#).status == 400)
        #expect(try server.stop() == .exited(0))
    }

    @Test("are refused as ever when only the key, or only the app, is another")
    func others() throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let other = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        let connection = try server.connect()
        for _ in 0..<3 {
            for _ in 0..<3 { #expect(try app.sign(on: connection).status == 200) }
            let mixed = AppAccount(id: other.id, key: app.key)
            #expect(try mixed.sign(on: connection).status == 403)
            #expect(try AppAccount(id: app.id, key: other.key).sign(on: connection).status == 403)
            for _ in 0..<3 { #expect(try other.sign(on: connection).status == 200) }
        }
        #expect(try server.stop() == .exited(0))
    }
}
