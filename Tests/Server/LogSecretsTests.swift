import Foundation
import Testing
import TestSupport

@Suite("The log of a server")
struct LogSecretsTests {
    @Test("is JSON, a line an event, and holds no secret even at level trace")
    func secrets() throws {
        let rootKey = String(repeating: "rOOt+K3y", count: 16)
        let server = try SignetProcess(
            ["--log-format", "json", "--log-level", "trace"], rootKey: rootKey)
        let app = try AppAccount.create(on: server)
        let connection = try server.connect()
        let pair = try app.pair(on: connection)
        #expect(try app.verifies(pair.authToken, on: connection))
        #expect(try !app.verifies(pair.authToken + "A", on: connection))
        // Wrong in many ways: keys in the wrong places, bodies that are refused.
        let target = "/app/\(app.id)/sign"
        for (method, target, key, body) in [
            ("POST", target, rootKey, AppAccount.body()), ("POST", target, app.key, "{"),
            ("POST", target, app.key, #"{"sub":"\#(app.key)"}"#), ("GET", target, app.key, ""),
            ("GET", "/root/list", app.key, ""), ("GET", "/root/\(rootKey)", rootKey, ""),
            ("POST", "/app/\(app.id)/verify", app.key, #"{"token":["\#(pair.authToken)"]}"#),
            ("GET", "/app/\(pair.authToken)", app.key, ""),
        ] {
            #expect(try connection.call(method, target, key: key, body: body).status >= 400)
        }
        try connection.send(Array("GET / HTTP/1.1\nAuthorization: \(app.key)\n\n".utf8))
        #expect(try connection.readAnswer().status == 400)
        let command = try Signet.run(["app", "list", "--data", server.data], in: server.folder)
        #expect(command.ending == .exited(0))
        #expect(try server.stop() == .exited(0))

        let lines = server.process.errorText.split(separator: "\n")
        #expect(!lines.isEmpty)
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["level"] is String && object?["message"] is String, "\(line)")
        }
        let secrets = [rootKey, app.key, pair.authToken, pair.refreshToken]
        // A part of a secret is one too; the beginning of a token is its public header.
        for secret in secrets + secrets.map({ String($0.suffix(24)) }) {
            #expect(!server.process.errorText.contains(secret))
            #expect(!command.output.contains(secret))
        }
        let masterKey = try String(contentsOfFile: "\(server.data)/master.key", encoding: .utf8)
        #expect(!server.process.errorText.contains(masterKey.prefix(44)))
    }
}
