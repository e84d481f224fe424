import Foundation
import SignetAuthority
import SignetCrypto

/// A user of the accounts-and-sessions dialect, as a program calls.
struct FrontendUser: Sendable {
    static let base = "/frontend/api/v1/auth"
    static let json = "Content-Type: application/json"
    static let form = "Content-Type: application/x-www-form-urlencoded"

    /// What a sign-in shows.
    struct SignedIn: Sendable {
        let jwt: String
        let apiToken: String
        /// The id of the session.
        let session: String
    }

    let user: NamedTokenUser

    /// A new user, of the shared server unless given.
    static func make(
        _ server: TestServer? = nil, role: User.Role = .user, status: User.Status = .active,
        parent: FrontendUser? = nil, password: String? = "secret-word"
    ) async throws -> FrontendUser {
        let server = try await OAuthClient.orShared(server)
        let name = "f\(UUID().uuidString)"
        guard let login = Login(name.utf8), let email = EmailAddress("\(name)@example.org".utf8),
            case .created(let user) = try await server.authority.accounts.create(
                Accounts.NewUser(
                    login: login, email: email, role: role, status: status, parent: parent?.id),
                password: password.map { Password(Array($0.utf8)) }, at: 1_795_305_600_000)
        else { throw RawClient.Failure.malformed(name) }
        return FrontendUser(
            user: NamedTokenUser(server: server, user: user, password: password ?? ""))
    }

    var server: TestServer { user.server }
    var id: Int64 { user.user.id }
    var email: String { user.user.email }

    /// Calls a route of a server.
    static func call(
        _ server: TestServer, _ method: String, _ route: String, bearer: String? = nil,
        json: String? = nil, form: String? = nil, fields: [String] = []
    ) async throws -> Answer {
        let body = json ?? form
        let type = json != nil ? [Self.json] : form != nil ? [Self.form] : []
        return try await server.call(
            method, "\(base)/\(route)", key: bearer.map { "Bearer \($0)" },
            body: body.map { Array($0.utf8) }, fields: type + fields)
    }

    func call(
        _ method: String, _ route: String, bearer: String? = nil, json: String? = nil,
        form: String? = nil, fields: [String] = []
    ) async throws -> Answer {
        try await Self.call(
            server, method, route, bearer: bearer, json: json, form: form, fields: fields)
    }

    /// POST `/sign-in`.
    ///
    /// - Parameter more: further members, each with a comma in front.
    func signIn(password: String? = nil, _ more: String = "", fields: [String] = []) async throws
        -> Answer
    {
        try await call(
            "POST", "sign-in",
            json: #"{"email":"\#(email)","password":"\#(password ?? user.password)"\#(more)}"#,
            fields: fields)
    }

    func signedIn(_ more: String = "") async throws -> SignedIn {
        try Self.signedIn(try await signIn(more))
    }

    static func signedIn(_ answer: Answer) throws -> SignedIn {
        guard answer.status == 200, let jwt = try answer.object()["jwt-token"] as? [String: Any],
            let text = jwt["token"] as? String
        else { throw RawClient.Failure.malformed(answer.text) }
        return SignedIn(
            jwt: text, apiToken: try answer.string("api-token"), session: try session(of: text))
    }

    /// What a token says of its session.
    static func session(of token: String) throws -> String {
        guard let id = try claims(of: token)["jti"] as? String else {
            throw RawClient.Failure.malformed(token)
        }
        return id
    }

    static func claims(of token: String) throws -> [String: Any] {
        let text = try TokenText(token).claims
        guard
            let claims = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        else { throw RawClient.Failure.malformed(text) }
        return claims
    }

    /// The status that the list of sessions answers a credential with.
    func status(_ bearer: String) async throws -> Int {
        try await call("GET", "session", bearer: bearer).status
    }

    /// The ids of the sessions that are listed.
    func sessions(_ bearer: String) async throws -> [String] {
        let answer = try await call("GET", "session", bearer: bearer)
        guard let list = try answer.object()["sessions"] as? [[String: Any]] else {
            throw RawClient.Failure.malformed(answer.text)
        }
        return list.compactMap { $0["id"] as? String }
    }

    /// A new API token.
    func apiToken(_ bearer: String, _ json: String = "{}") async throws -> String {
        let answer = try await call("POST", "api-token", bearer: bearer, json: json)
        guard answer.status == 200 else { throw RawClient.Failure.malformed(answer.text) }
        return try answer.string("token")
    }

    /// A JWT.
    func jwt(_ bearer: String, _ json: String = "{}") async throws -> String {
        let answer = try await call("POST", "jwt", bearer: bearer, json: json)
        guard answer.status == 200 else { throw RawClient.Failure.malformed(answer.text) }
        return try answer.string("token")
    }
}

/// The errors of frontend.md.
enum FrontendMessage {
    static func error(_ status: Int, _ code: String, _ text: String, _ context: String = "")
        -> String
    {
        #"{"status":\#(status),"code":"\#(code)","error":"\#(text)"\#(context)}"#
    }

    static let credentials = error(
        401, "UNAUTHENTICATED", "The e-mail or the password is wrong.")
    static let unauthenticated = error(401, "UNAUTHENTICATED", "There is no valid token.")
    static let suspended = error(403, "PERMISSION_DENIED", "The user is suspended.")
    static let permission = error(
        403, "PERMISSION_DENIED", "The token does not have the permission for this.")
    static let notHad = error(
        403, "PERMISSION_DENIED", "Nobody grants what they do not have.")
    static let noSession = error(404, "NOT_FOUND", "There is no such session.")
    static let noAPIToken = error(404, "NOT_FOUND", "There is no such API token.")

    static func invalid(_ place: String, _ faults: String...) -> String {
        let list = faults.map { "\"\($0)\"" }.joined(separator: ",")
        return error(
            400, "INVALID_ARGUMENT", "The request is invalid.",
            #","context":{"\#(place)":[\#(list)]}"#)
    }
}
