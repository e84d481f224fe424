import Foundation
import TestSupport

/// What one client saw of one session: every pair that was answered, and the call that was under way
/// when the server went away.
struct SessionLife: Sendable {
    enum Call: Sendable { case renew, logout }

    /// The newest last.
    var pairs: [TokenPair]
    var isLoggedOut = false
    /// A call whose answer never came: it may have happened or not.
    var pending: Call?
}

extension ClientLoad<[SessionLife]> {
    /// Clients that make sessions, renew them, and end some.
    static func living(_ count: Int, app: AppAccount, port: Int, seed: UInt64) -> ClientLoad {
        ClientLoad(count, port: port, seen: []) { index, connection, tally in
            var random = SeededGenerator(seed: seed &+ UInt64(index))
            while true {
                var life = SessionLife(pairs: [try app.pair(on: connection)])
                // Noted in any case: the server may go away between a call and its answer.
                defer { if life.pending != nil { tally.update { [life] in $0.seen.append(life) } } }
                tally.update { $0.answers += 1 }
                for _ in 0..<Int.random(in: 0..<6, using: &random) {
                    life.pending = .renew
                    life.pairs.append(try TokenPair(app.renew(life.pairs.last, on: connection)))
                    life.pending = nil
                    tally.update { $0.answers += 1 }
                }
                if Int.random(in: 0..<3, using: &random) == 0 {
                    life.pending = .logout
                    let answer = try app.logOut(life.pairs.last, on: connection)
                    guard answer.status == 200 else {
                        throw UnexpectedAnswer(description: "logout: \(answer)")
                    }
                    life.pending = nil
                    life.isLoggedOut = true
                }
                tally.update { [life] in
                    $0.seen.append(life)
                    $0.answers += 1
                }
            }
        }
    }
}

extension AppAccount {
    /// Trades the refresh token of a pair.
    func renew(_ pair: TokenPair?, on connection: HTTPConnection) throws -> HTTPAnswer {
        try connection.call(
            "POST", "/app/\(id)/renew", key: key,
            body: #"""
                {"refresh_token":"\#(pair?.refreshToken ?? "")","ip":"::1","useragent":"tests"}
                """#)
    }

    /// Ends the session of a pair.
    func logOut(_ pair: TokenPair?, on connection: HTTPConnection) throws -> HTTPAnswer {
        try connection.call(
            "POST", "/app/\(id)/logout", key: key,
            body: #"{"token":"\#(pair?.authToken ?? "")"}"#)
    }
}
