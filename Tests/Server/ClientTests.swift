import Foundation
import Testing
import TestSupport

@Suite("Clients in other languages")
struct ClientTests {
    /// The members of the object that ends `output`, as the languages print it: `"name":"value"`,
    /// `'name': 'value'` or `name: 'value'`. Go prints its response in front of it.
    private func members(_ output: String) -> [String: String] {
        guard let start = output.lastIndex(of: "{") else { return [:] }
        let pattern = /["']?(\w+)["']?:\s*["']([^"']*)["']/
        let pairs = output[start...].matches(of: pattern).map { (String($0.1), String($0.2)) }
        return Dictionary(pairs) { first, _ in first }
    }

    /// Verifies a token with PyJWT by the key that came with it, and returns its claims.
    private func claims(_ token: String, publicKey: String) throws -> [String: Any] {
        let script = """
            import base64, json, jwt, sys
            token, key = sys.argv[1], base64.b64decode(sys.argv[2])
            claims = jwt.decode(token, key, algorithms=["ES256"], options={"verify_aud": False})
            print(json.dumps([jwt.get_unverified_header(token), claims]))
            """
        let output = try Python.run(script, arguments: [token, publicKey])
        let parts = try JSONSerialization.jsonObject(with: output) as? [[String: Any]]
        return try #require(parts).reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    }

    @Test(
        "get a pair of exactly four fields that PyJWT and the server verify", arguments: Snippet.all
    )
    func sign(_ snippet: Snippet) throws {
        let server = try SignetProcess()
        let app = try AppAccount.create(on: server)
        let fields = members(try snippet.run(app, port: server.port))
        #expect(Set(fields.keys) == TokenPair.names)
        let authToken = try #require(fields["auth_token"])
        let refreshToken = try #require(fields["refresh_token"])
        let publicKey = try #require(fields["public_key"])

        let auth = try claims(authToken, publicKey: publicKey)
        #expect(auth["kid"] as? String == fields["key_id"])
        #expect(["test@test.com", "ada"].contains(auth["sub"] as? String))
        let refresh = try claims(refreshToken, publicKey: publicKey)
        #expect(refresh["type"] as? String == "refresh")
        #expect(refresh["jid"] as? String == auth["jid"] as? String)
        let connection = try server.connect()
        #expect(try app.verifies(authToken, on: connection))
        #expect(try app.verifies(refreshToken, on: connection))
    }

    @Test("can run the call that serve --demo prints as it stands")
    func demo() throws {
        let server = try SignetProcess(["--demo"])
        let call = try #require(server.greeting.range(of: "curl --request")).lowerBound
        let end = try #require(server.greeting.range(of: "}'\n")).upperBound
        let app = AppAccount(
            id: String(try #require(server.greeting.firstMatch(of: /app\/([0-9A-Z]{26})\/sign/)).1),
            key: String(try #require(server.greeting.firstMatch(of: /Authorization: (\S{128})'/)).1)
        )
        let snippet = Snippet(
            language: .curl, origin: "demo", text: String(server.greeting[call..<end]))
        let fields = members(try snippet.run(app, port: server.port))
        #expect(Set(fields.keys) == TokenPair.names)
        #expect(try app.verifies(fields["auth_token"] ?? "", on: server.connect()))

        // Its key is new at every start; the app stays.
        #expect(try server.stop() == .exited(0))
        let again = try SignetProcess(in: server.folder, ["--demo"])
        #expect(again.greeting.contains(app.id))
        #expect(try app.sign(on: again.connect()).status == 403)
    }
}
