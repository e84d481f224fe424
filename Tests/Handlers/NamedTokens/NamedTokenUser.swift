import Foundation
import SignetAuthority
import SignetCrypto

/// A user of a test server, who calls as `curl -u` does.
struct NamedTokenUser: Sendable {
    static let list = "/api/v1alpha/token"
    static let json = "Content-Type: application/json"

    let server: TestServer
    let user: User
    let password: String

    /// A new user, of the shared server unless given.
    static func make(
        _ server: TestServer? = nil, login: String? = nil, password: String = "secret-word"
    ) async throws -> NamedTokenUser {
        let server = try await OAuthClient.orShared(server)
        let name = login ?? "u\(UUID().uuidString)"
        guard let login = Login(name.utf8), let email = EmailAddress("\(name)@example.org".utf8),
            case .created(let user) = try await server.authority.accounts.create(
                Accounts.NewUser(login: login, email: email),
                password: Password(Array(password.utf8)), at: 1_795_305_600_000)
        else { throw RawClient.Failure.malformed(name) }
        return NamedTokenUser(server: server, user: user, password: password)
    }

    var login: String { user.login }
    var basic: String { OAuthClient.basic(login, password) }

    func call(
        _ method: String, _ path: String = list, body: String? = nil, fields: [String]? = nil
    ) async throws -> Answer {
        try await server.call(
            method, path, key: basic, body: body.map { Array($0.utf8) },
            fields: fields ?? (body == nil ? [] : [Self.json]))
    }

    /// POSTs a token; the life is JSON.
    func post(_ description: String, life: String = #""6 hours""#) async throws -> Answer {
        try await call(
            "POST",
            body: #"{"jwt_token_description":"\#(description)","jwt_token_life":\#(life)}"#)
    }

    /// A new token.
    func token(
        _ description: String = "token", life: String = #""6 hours""#
    ) async throws -> (id: String, text: String) {
        let answer = try await post(description, life: life)
        guard answer.status == 201 else { throw RawClient.Failure.malformed(answer.text) }
        return (try answer.string("jwt_token_id"), try answer.string("jwt_token"))
    }

    /// What `/auth/check` says of a token shown as bearer.
    func check(_ token: String) async throws -> Answer {
        try await server.call("GET", "/auth/check", key: "Bearer \(token)")
    }
}

/// The messages of named-tokens.md.
enum NamedTokenMessage {
    static let unauthorized = """
        {"message":"The server could not verify that you are authorized to access the URL requested. \
        You either supplied the wrong credentials (e.g. a bad password), or your browser doesn't \
        understand how to supply the credentials required."}
        """
    static let none = #"{"message":"Tokens does not exist"}"#
    static let unknown =
        #"{"message":"Token does not exist, make sure to enter correct token id"}"#
    static let taken = #"{"message":"Token description already exists or is blank"}"#
    static let method = #"{"message":"The method is not allowed for the requested URL."}"#
}
