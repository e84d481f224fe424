import Foundation

/// A user who signs in, as a program does.
struct SignInUser: Sendable {
    struct Pair: Sendable {
        let refresh: String
        let access: String

        var all: [String] { [refresh, access] }
    }

    static let form = "Content-Type: application/x-www-form-urlencoded"
    static let cookieName = "signet-session"

    let user: NamedTokenUser

    /// A new user, of the shared server unless given.
    static func make(_ server: TestServer? = nil, login: String? = nil) async throws -> SignInUser {
        SignInUser(user: try await NamedTokenUser.make(server, login: login))
    }

    var server: TestServer { user.server }
    var login: String { user.login }

    /// POSTs fields, names and values by turns, to a route.
    static func post(
        _ server: TestServer, _ route: String, _ values: String..., fields: [String] = [],
        key: String? = nil
    ) async throws -> Answer {
        let pairs = stride(from: 0, to: values.count, by: 2).map {
            "\(values[$0])=\(OAuthClient.encode(values[$0 + 1]))"
        }
        return try await server.call(
            "POST", "/api/rest/\(route)", key: key,
            body: values.isEmpty ? nil : Array(pairs.joined(separator: "&").utf8),
            fields: fields + (values.isEmpty ? [] : [form]))
    }

    static func pair(_ answer: Answer) throws -> Pair {
        guard answer.status == 201, try answer.string("tokenType") == "Bearer" else {
            throw RawClient.Failure.malformed(answer.text)
        }
        return Pair(
            refresh: try answer.string("refreshToken"), access: try answer.string("accessToken"))
    }

    func signIn() async throws -> Pair {
        try Self.pair(
            try await Self.post(server, "signin", "login", login, "password", user.password))
    }

    func me(_ token: String) async throws -> Answer {
        try await server.call("GET", "/api/rest/me", key: "Bearer \(token)")
    }

    func refresh(_ token: String) async throws -> Answer {
        try await Self.post(server, "token", "token", token)
    }

    func signOut(_ token: String) async throws -> Answer {
        try await Self.post(server, "signout", "token", token)
    }

    /// What `/auth/check` says of a token, as bearer or in the cookie.
    func check(_ token: String, asCookie: Bool = false) async throws -> Answer {
        if asCookie {
            return try await server.call(
                "GET", "/auth/check", fields: ["Cookie: \(Self.cookieName)=\(token)"])
        }
        return try await user.check(token)
    }
}

/// The errors of sign-in.md.
enum SignInMessage {
    static let credentials =
        #"{"error":"invalid_credentials","message":"The login or the password is wrong."}"#
    static let token =
        #"{"error":"invalid_token","message":"The token is invalid, expired or ended."}"#
}
