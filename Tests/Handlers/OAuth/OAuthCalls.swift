import Foundation

/// Calls of the OAuth endpoints, as a client with these credentials makes them.
struct OAuthClient: Sendable {
    let server: TestServer
    let app: TestApp

    /// The shared server's client of a new app.
    static func make(_ server: TestServer? = nil) async throws -> OAuthClient {
        let server = try await orShared(server)
        return OAuthClient(server: server, app: try await server.createApp())
    }

    static func orShared(_ server: TestServer?) async throws -> TestServer {
        if let server { return server }
        return try await TestServer.shared.value
    }

    static let form = "Content-Type: application/x-www-form-urlencoded"

    /// `Basic` with this id and this secret as they are.
    static func basic(_ id: String, _ secret: String) -> String {
        "Basic \(Data("\(id):\(secret)".utf8).base64EncodedString())"
    }

    /// What every other byte than a letter or digit is sent as.
    static func encode(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// A call with `client_secret_basic`.
    func post(_ path: String, _ body: String) async throws -> Answer {
        try await server.call(
            "POST", path, key: Self.basic(app.id, app.key), body: Array(body.utf8),
            fields: [Self.form])
    }

    /// A token of the client credentials grant.
    func accessToken(_ more: String = "") async throws -> String {
        try await post("/oauth/token", "grant_type=client_credentials\(more)")
            .string("access_token")
    }

    /// A pair of `sign`.
    func pair(_ claims: String = SignTests.wellKnown) async throws -> (
        auth: String, refresh: String
    ) {
        let answer = try await server.call(
            "POST", "/app/\(app.id)/sign", key: app.key, body: "{\(claims)}")
        return (try answer.string("auth_token"), try answer.string("refresh_token"))
    }

    func introspect(_ token: String) async throws -> Answer {
        try await post("/oauth/introspect", "token=\(token)")
    }

    /// Whether introspection finds the token good.
    func isActive(_ token: String) async throws -> Bool {
        try await introspect(token).text != #"{"active":false}"#
    }

    /// Whether `/app/{id}/verify` does.
    func verifies(_ token: String) async throws -> Bool {
        try await server.call(
            "POST", "/app/\(app.id)/verify", key: app.key, body: #"{"token":"\#(token)"}"#
        ).text == #"{"verified":true}"#
    }

    /// The `error` of a refusal, after checking what all refusals have (RFC 6749 section 5.2).
    static func error(_ answer: Answer) throws -> String {
        let object = try answer.object()
        guard Set(object.keys) == ["error", "error_description"],
            answer.field("content-type") == ["application/json"],
            answer.field("cache-control") == ["no-store"],
            let description = object["error_description"] as? String,
            description.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C })
        else { throw RawClient.Failure.malformed("\(answer)") }
        return try answer.string("error")
    }
}
