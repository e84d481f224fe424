import Foundation
import SignetCrypto
import Testing

/// What one app can do to another: nothing, even with a key of its own making.
@Suite("Isolation of apps")
struct IsolationTests {
    /// An app whose owner has its private key, as after `signet key import`, and so can sign any claims.
    private static func forge(_ id: String, by app: TestApp, type: String) throws -> String {
        let name = type == "JWT" ? "jid" : "jti"
        return try app.token(
            header: #"{"alg":"HS256","kid":"\#(app.keyID)","typ":"\#(type)"}"#,
            claims: #"""
                {"\#(name)":"\#(id)","sub":"\#(app.id)","client_id":"\#(app.id)","exp":9999999999}
                """#)
    }

    @Test("a token that names another app's session does not end it", arguments: ["JWT", "at+jwt"])
    func sessions(_ type: String) async throws {
        let (victim, attacker) = (try await OAuthClient.make(), try await OAuthClient.make())
        let pair = try await victim.pair()
        let access = try await victim.accessToken()
        for token in [pair.auth, access] {
            let claims = try TokenText(token).claims
            let id = String(try #require(claims.firstMatch(of: /"j[it][di]":"([0-9A-Z]{26})"/)).1)
            let forged = try Self.forge(id, by: attacker.app, type: type)
            #expect(try await attacker.isActive(forged))
            #expect(try await attacker.post("/oauth/revoke", "token=\(forged)").status == 200)
            #expect(try await victim.isActive(token))
        }
        #expect(try await victim.isActive(pair.refresh))
        // Its own are ended as before.
        #expect(try await victim.post("/oauth/revoke", "token=\(pair.refresh)").status == 200)
        #expect(try await !victim.isActive(pair.auth))
    }
}
