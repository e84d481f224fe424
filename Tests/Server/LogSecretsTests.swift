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
    /// The ways in which a secret might be written: as it is, its bytes in hexadecimal, with percent signs, and as
    /// base64, also as a part of something longer.
    private static func forms(of secret: String) -> Set<String> {
        let bytes = Array(secret.utf8)
        let hex = bytes.map { String(format: "%02x", $0) }.joined()
        var forms: Set = [
            secret, String(secret.suffix(24)), hex, hex.uppercased(),
            bytes.map { String(format: "%%%02X", $0) }.joined(),
            secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? secret,
        ]
        for shift in 0..<3 {
            let text = Data([UInt8](repeating: 0, count: shift) + bytes).base64EncodedString()
            // Without the characters that have bits of its neighbours.
            let start = (shift * 8 + 5) / 6
            let inner = String(text.dropFirst(start).prefix((bytes.count * 8 - 6) / 6))
            forms.insert(inner)
            forms.insert(inner.replacing("+", with: "-").replacing("/", with: "_"))
        }
        return forms
    }

    @Test(
        "with an audit log beside it holds none of any dialect, in any spelling, nor does that log")
    func everyOutput() throws {
        let rootKey = String(repeating: "rOOt+K3y", count: 16)
        let auditKey = Data((0..<32).map { UInt8($0 * 7) }).base64EncodedString()
        let masterKey = Data((0..<32).map { UInt8($0 * 5 + 3) }).base64EncodedString()
        let keys = ["SIGNET_AUDIT_KEY": auditKey, "SIGNET_MASTER_KEY": masterKey]
        let folder = try TemporaryFolder()
        let log = ["--set", "audit.file=audit.log"]
        let server = try SignetProcess(
            in: folder,
            ["--log-format", "json", "--log-level", "trace", "--set", "log.access=full"] + log,
            rootKey: rootKey, environment: keys)
        var secrets = [rootKey, auditKey, masterKey]
        var outcomes: [Signet.Outcome] = []
        func run(_ arguments: [String], _ input: String? = nil) throws {
            let outcome = try Signet.run(
                arguments + ["--data", server.data] + log, environment: keys, input: input,
                in: folder)
            #expect(outcome.ending == .exited(0), "\(outcome)")
            outcomes.append(outcome)
        }
        /// Notes a secret that is used now.
        func secret(_ text: String?) throws -> String {
            let text = try #require(text)
            secrets.append(text)
            return text
        }
        let password = try secret("Pass+word/of=ada?1")
        let other = try secret("An0ther&pass#word%2")
        let wrong = try secret("wr0ng-pass-word-3")
        // Typed where the login belongs.
        let misplaced = try secret("misplaced.passw0rd")
        try run(
            ["user", "create", "ada", "--email", "ada@example.org", "--password-stdin"], password)

        let app = try AppAccount.create(on: server, algorithm: "HS256", keyType: "OCT")
        _ = try secret(app.key)
        let connection = try server.connect()
        let pair = try app.pair(on: connection)
        _ = try (secret(pair.authToken), secret(pair.refreshToken))
        let json = "Content-Type: application/json"
        let form = "Content-Type: application/x-www-form-urlencoded"
        func basic(_ login: String, _ password: String) -> String {
            "Basic \(Data("\(login):\(password)".utf8).base64EncodedString())"
        }
        func encoded(_ text: String) -> String {
            text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        }
        func call(
            _ method: String, _ path: String, _ key: String? = nil, _ field: String? = nil,
            _ body: String? = nil
        ) throws -> HTTPAnswer {
            try connection.call(
                method, path, key: key, fields: field.map { [$0] } ?? [], body: body)
        }
        let renewal =
            #"{"refresh_token":"\#(pair.refreshToken)","ip":"192.0.2.1","useragent":"t"}"#
        let renewed = try TokenPair(call("POST", "/app/\(app.id)/renew", app.key, nil, renewal))
        _ = try (secret(renewed.authToken), secret(renewed.refreshToken))
        let oauth = try call(
            "POST", "/oauth/token", basic(app.id, app.key), form, "grant_type=client_credentials")
        _ = try secret(oauth.object?["access_token"] as? String)

        let named = #"{"jwt_token_description":"n","jwt_token_life":60}"#
        let token = try call(
            "POST", "/api/v1alpha/token", basic("ada", password), json, named)
        _ = try secret(token.object?["jwt_token"] as? String)

        let session = try call(
            "POST", "/api/rest/signin", nil, form, "login=ada&password=\(encoded(password))")
        let refresh = try secret(session.object?["refreshToken"] as? String)
        _ = try secret(session.object?["accessToken"] as? String)
        let again = try call("POST", "/api/rest/token", nil, form, "token=\(refresh)")
        _ = try secret(again.object?["accessToken"] as? String)

        let base = "/frontend/api/v1/auth"
        let visit = try call(
            "POST", "\(base)/sign-in", nil, json,
            #"{"email":"ada@example.org","password":"\#(password)"}"#)
        let jwt = try secret(
            (visit.object?["jwt-token"] as? [String: Any])?["token"] as? String)
        let api = try secret(visit.object?["api-token"] as? String)
        // In places where they don't belong, and wrong ones.
        let statuses = try [
            call("GET", "\(base)/session?jwt=\(jwt)x"), call("GET", "\(base)/api-token/\(api)"),
            call("GET", "/app/\(app.key)"), call("GET", "/\(encoded(password))"),
            call("GET", "/root/list", app.key),
            call("POST", "/app/\(app.id)/sign", rootKey, json, "{}"),
            call("POST", "/oauth/token", basic(app.id, wrong), form, "grant_type=x"),
            call("GET", "/api/v1alpha/token", basic("ada", wrong)),
            call("POST", "/api/rest/signin", nil, form, "login=\(misplaced)&password=\(wrong)"),
            call("POST", "/api/rest/signin", nil, form, "login=ada&password=\(wrong)"),
            call(
                "POST", "\(base)/sign-in", nil, json,
                #"{"email":"ada@example.org","password":"\#(wrong)"}"#),
            call("POST", "\(base)/sign-in", nil, json, #"{"email":"\#(misplaced)"}"#),
            call(
                "PUT", "\(base)/current/password", "Bearer \(jwt)", json,
                #"{"old-password":"\#(wrong)","new-password":"\#(other)"}"#),
        ].map(\.status)
        #expect(statuses.allSatisfy { $0 >= 400 }, "\(statuses)")
        #expect(
            try call(
                "PUT", "\(base)/current/password", "Bearer \(jwt)", json,
                #"{"old-password":"\#(password)","new-password":"\#(other)"}"#
            ).status == 204)
        try run(["audit", "verify"])
        try run(["config", "show"])
        #expect(try server.stop() == .exited(0))

        let audit = try String(contentsOfFile: folder.path("audit.log"), encoding: .utf8)
        // It is the right file: it tells of what these secrets did.
        for event in ["token.made", "token.renewed", "sign_in", "password.changed", "access"] {
            #expect(audit.contains(#""event":"\#(event)""#), "\(event)")
        }
        var outputs = [
            "standard output": server.process.outputText, "log": server.process.errorText,
            "audit log": audit,
            "head": try String(contentsOfFile: folder.path("audit.log.head"), encoding: .utf8),
        ]
        for (index, outcome) in outcomes.enumerated() {
            outputs["command \(index)"] = outcome.output + outcome.errors
        }
        for secret in secrets {
            for form in Self.forms(of: secret) {
                for (name, text) in outputs {
                    #expect(!text.contains(form), "\(form) of \(secret) in the \(name)")
                }
            }
        }
        // The test itself finds what is there.
        #expect(Self.forms(of: "secret-word").contains { basic("ada", "secret-word").contains($0) })
    }
}
