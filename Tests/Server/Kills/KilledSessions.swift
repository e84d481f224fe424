import Foundation
import TestSupport

/// Sessions of an app: begins them, renews them, ends some by logout or revocation.
///
/// `@unchecked Sendable`: as `KilledClient` says.
final class KilledSessions: KilledClient, @unchecked Sendable {
    private enum Call { case renew, end }

    private struct Life {
        /// The newest last; of those before it the last two.
        var pairs: [TokenPair]
        var isOver = false
        /// A call whose answer never came.
        var pending: Call?
        var isChecked = false
    }

    /// So that what has to be looked at stays small.
    private static let begunPerRoundMax = 5

    private let app: AppAccount
    private var lives: [Life] = []

    init(app: AppAccount) {
        self.app = app
    }

    func work(
        _ server: KilledServer, _ random: inout SeededGenerator, answered: () -> Void
    ) throws {
        let connection = try server.connect()
        var begun = 0
        while true {
            let recent = lives.indices.suffix(30).filter { !lives[$0].isOver }
            let index = recent.randomElement(using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 8... where index != nil && recent.count > 2:
                try end(index ?? 0, on: connection, revokes: Bool.random(using: &random))
            case 0..<8 where index != nil && (begun == Self.begunPerRoundMax || recent.count > 5):
                try renew(index ?? 0, on: connection)
            default:
                lives.append(Life(pairs: [try app.pair(on: connection)]))
                begun += 1
            }
            answered()
        }
    }

    func check(
        _ server: KilledServer, _ random: inout SeededGenerator, all: Bool
    ) throws {
        let connection = try server.connect()
        let some = Set((0..<5).compactMap { _ in lives.indices.randomElement(using: &random) })
        for index in lives.indices where all || !lives[index].isChecked || some.contains(index) {
            // A commit each.
            let renews = Int.random(in: 0..<4, using: &random) == 0
            try check(index, renews: renews, on: connection)
            lives[index].isChecked = true
        }
    }

    private func renew(_ index: Int, on connection: HTTPConnection) throws {
        lives[index].isChecked = false
        lives[index].pending = .renew
        let answer = try app.renew(lives[index].pairs.last, on: connection)
        try expect(answer.status == 200, "no renewal: \(answer)")
        lives[index].pairs.append(try TokenPair(answer))
        lives[index].pairs.removeFirst(max(0, lives[index].pairs.count - 3))
        lives[index].pending = nil
    }

    private func end(_ index: Int, on connection: HTTPConnection, revokes: Bool) throws {
        lives[index].isChecked = false
        lives[index].pending = .end
        let pair = lives[index].pairs.last
        let answer =
            revokes ? try revoke(pair, on: connection) : try app.logOut(pair, on: connection)
        try expect(answer.status == 200, "no end of a session: \(answer)")
        lives[index].pending = nil
        lives[index].isOver = true
    }

    private func revoke(_ pair: TokenPair?, on connection: HTTPConnection) throws -> HTTPAnswer {
        try connection.call(
            "POST", "/oauth/revoke", key: NamedTokenServerTests.basic("\(app.id):\(app.key)"),
            fields: ["Content-Type: application/x-www-form-urlencoded"],
            body: "token=\(pair?.refreshToken ?? "")")
    }

    private func check(_ index: Int, renews: Bool, on connection: HTTPConnection) throws {
        let life = lives[index]
        let newest = life.pairs[life.pairs.count - 1]
        for old in life.pairs.dropLast() {
            try expect(
                try !app.verifies(old.authToken, on: connection)
                    && !app.verifies(old.refreshToken, on: connection),
                "a replaced pair is good again")
        }
        let isAlive = try app.verifies(newest.authToken, on: connection)
        switch life.pending {
        case nil:
            try expect(isAlive != life.isOver, "a session is \(isAlive ? "alive again" : "lost")")
            try expect(
                try app.verifies(newest.refreshToken, on: connection) == isAlive,
                "the tokens of a session differ")
            if life.isOver {
                let answer = try app.renew(newest, on: connection)
                try expect(answer.status == 404, "an ended session is renewed: \(answer)")
            } else if renews {
                try renew(index, on: connection)
            }
        case .renew:
            // The same call again, within the grace: whether or not the first one was committed.
            try renew(index, on: connection)
            let pair = lives[index].pairs[lives[index].pairs.count - 1]
            try expect(
                try app.verifies(pair.authToken, on: connection)
                    && !app.verifies(newest.authToken, on: connection), "a renewal in doubt is half"
            )
        case .end:
            try expect(
                try app.verifies(newest.refreshToken, on: connection) == isAlive,
                "an end in doubt is half")
            lives[index].isOver = !isAlive
            lives[index].pending = nil
        }
    }
}
