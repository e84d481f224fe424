import Foundation
import TestSupport

/// A user who signs in, takes new access tokens, signs out, and makes and deletes named tokens.
///
/// `@unchecked Sendable`: as `KilledClient` says.
final class KilledUser: KilledClient, @unchecked Sendable {
    static let password = "secret-word"

    private struct Session {
        let refresh: String
        let access: String
        var isOver = false
        var isInDoubt = false
        var isChecked = false
    }

    private struct NamedToken {
        let id: String
        let text: String
        var isOver = false
        var isInDoubt = false
        var isChecked = false
    }

    private static let begunPerRoundMax = 4

    private let login: String
    private var sessions: [Session] = []
    private var tokens: [NamedToken] = []
    private var descriptions = 0

    init(_ login: String) {
        self.login = login
    }

    func work(
        _ server: KilledServer, _ random: inout SeededGenerator, answered: () -> Void
    ) throws {
        let connection = try server.connect()
        var begun = 0
        while true {
            let open = sessions.indices.suffix(20).filter { !sessions[$0].isOver }
            let session = open.randomElement(using: &random)
            let token = tokens.indices.suffix(20).filter { !tokens[$0].isOver }
                .randomElement(using: &random)
            // Each turn is a call: a client that makes none never learns that its server has gone.
            guard let session else {
                try signIn(connection)
                answered()
                continue
            }
            switch Int.random(in: 0..<8, using: &random) {
            case 0 where begun < Self.begunPerRoundMax:
                try signIn(connection)
                begun += 1
            case 1 where open.count > 2: try signOut(session, connection)
            case 2 where begun < Self.begunPerRoundMax:
                try makeToken(connection)
                begun += 1
            case 3 where tokens.count > 5:
                if let token {
                    try delete(token, connection)
                } else {
                    _ = try access(of: sessions[session].refresh, connection)
                }
            default: _ = try access(of: sessions[session].refresh, connection)
            }
            answered()
        }
    }

    func check(
        _ server: KilledServer, _ random: inout SeededGenerator, all: Bool
    ) throws {
        let connection = try server.connect()
        var some = Set((0..<4).compactMap { _ in sessions.indices.randomElement(using: &random) })
        for index in sessions.indices
        where all || !sessions[index].isChecked || some.contains(index) {
            let session = sessions[index]
            let isAlive = try isGood(session.access, connection)
            try expect(
                try (access(of: session.refresh, connection) != nil) == isAlive,
                "the tokens of a sign-in differ")
            if !session.isInDoubt {
                try expect(isAlive != session.isOver, "a sign-in is \(isAlive ? "back" : "lost")")
            }
            sessions[index].isOver = !isAlive
            sessions[index].isInDoubt = false
            sessions[index].isChecked = true
        }
        some = Set((0..<4).compactMap { _ in tokens.indices.randomElement(using: &random) })
        let listed = try list(connection)
        for index in tokens.indices where all || !tokens[index].isChecked || some.contains(index) {
            let token = tokens[index]
            let isAlive = try isGood(token.text, connection)
            try expect(listed.contains(token.id) == isAlive, "a named token is half there")
            if !token.isInDoubt {
                try expect(
                    isAlive != token.isOver, "a named token is \(isAlive ? "back" : "lost")")
            }
            tokens[index].isOver = !isAlive
            tokens[index].isInDoubt = false
            tokens[index].isChecked = true
        }
    }

    private func isGood(_ token: String, _ connection: HTTPConnection) throws -> Bool {
        let status = try connection.call("GET", "/auth/check", key: "Bearer \(token)").status
        try expect(status == 200 || status == 401, "/auth/check: \(status)")
        return status == 200
    }

    private func form(
        _ path: String, _ body: String, _ connection: HTTPConnection
    ) throws -> HTTPAnswer {
        try connection.call(
            "POST", "/api/rest/\(path)",
            fields: ["Content-Type: application/x-www-form-urlencoded"], body: body)
    }

    private func signIn(_ connection: HTTPConnection) throws {
        let answer = try form("signin", "login=\(login)&password=\(Self.password)", connection)
        guard let refresh = answer.object?["refreshToken"] as? String,
            let access = answer.object?["accessToken"] as? String
        else { throw Lost(description: "no sign-in: \(answer)") }
        sessions.append(Session(refresh: refresh, access: access))
    }

    /// A new access token; nil when the session is over.
    private func access(of refresh: String, _ connection: HTTPConnection) throws -> String? {
        let answer = try form("token", "token=\(refresh)", connection)
        try expect([201, 400, 401].contains(answer.status), "/api/rest/token: \(answer)")
        return answer.object?["accessToken"] as? String
    }

    private func signOut(_ index: Int, _ connection: HTTPConnection) throws {
        sessions[index].isChecked = false
        sessions[index].isInDoubt = true
        let answer = try connection.call(
            "POST", "/api/rest/signout", key: "Bearer \(sessions[index].refresh)", body: "")
        try expect(answer.status == 200, "no sign-out: \(answer)")
        sessions[index].isOver = true
        sessions[index].isInDoubt = false
    }

    private func makeToken(_ connection: HTTPConnection) throws {
        descriptions += 1
        let answer = try connection.call(
            "POST", "/api/v1alpha/token", key: basic,
            body: #"{"jwt_token_description":"d\#(descriptions)","jwt_token_life":"1h"}"#)
        guard let id = answer.object?["jwt_token_id"] as? String,
            let text = answer.object?["jwt_token"] as? String
        else { throw Lost(description: "no named token: \(answer)") }
        tokens.append(NamedToken(id: id, text: text))
    }

    private func delete(_ index: Int, _ connection: HTTPConnection) throws {
        tokens[index].isChecked = false
        tokens[index].isInDoubt = true
        let answer = try connection.call(
            "DELETE", "/api/v1alpha/token/\(tokens[index].id)", key: basic)
        try expect(answer.status == 200, "no named token deleted: \(answer)")
        tokens[index].isOver = true
        tokens[index].isInDoubt = false
    }

    private func list(_ connection: HTTPConnection) throws -> Set<String> {
        let answer = try connection.call("GET", "/api/v1alpha/token", key: basic)
        // There is none.
        if answer.status == 404 { return [] }
        guard let tokens = answer.object?["jwt_tokens"] as? [String: Any] else {
            throw Lost(description: "no list of named tokens: \(answer)")
        }
        return Set(tokens.keys)
    }

    private var basic: String { NamedTokenServerTests.basic("\(login):\(Self.password)") }
}
