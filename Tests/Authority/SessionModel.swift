import SignetCrypto
import SignetStorage

@testable import SignetAuthority

/// What the sessions of a server should do, written as plainly as possible: one array, no batches, no
/// loops, no store. `SessionModelTests` compares the real thing with it.
struct SessionModel {
    enum Kind { case auth, refresh }

    struct Token {
        let kind: Kind
        /// The session's place in `sessions`, and the pair's place in the session.
        let session: Int
        let pair: Int
        let text: String
        let notBefore: Int64
        let expires: Int64

        func isInForce(at now: Int64) -> Bool { notBefore <= now / 1000 && now / 1000 < expires }
    }

    struct Session {
        let app: Int
        let subject: String
        /// The texts of its pairs, the newest last.
        var pairs: [(auth: Token, refresh: Token)]
        /// When the newest pair replaced the one before, in Unix milliseconds.
        var renewedAt: Int64 = 0
        var isOver = false
    }

    enum Renewal: Equatable {
        case invalid
        /// A pair that nobody has seen before.
        case new
        /// The session's newest pair once more.
        case again(auth: String, refresh: String)
    }

    private(set) var sessions: [Session] = []

    mutating func add(app: Int, subject: String) -> Int {
        sessions.append(Session(app: app, subject: subject, pairs: []))
        return sessions.count - 1
    }

    mutating func addPair(_ session: Int, _ pair: Pair, _ terms: App.Terms, at now: Int64) {
        let place = sessions[session].pairs.count
        let issued = now / 1000
        let auth = Token(
            kind: .auth, session: session, pair: place, text: pair.auth,
            notBefore: issued + terms.tokenNotBefore, expires: issued + terms.tokenExpire)
        let refresh = Token(
            kind: .refresh, session: session, pair: place, text: pair.refresh,
            notBefore: issued + terms.refreshNotBefore, expires: issued + terms.refreshExpire)
        sessions[session].pairs.append((auth, refresh))
        if place > 0 { sessions[session].renewedAt = now }
    }

    func verify(_ token: Token, app: Int, at now: Int64) -> Bool {
        let session = sessions[token.session]
        return token.isInForce(at: now) && session.app == app && !session.isOver
            && token.pair == session.pairs.count - 1
    }

    mutating func renew(
        _ token: Token, app: Int, graceSeconds: Int64, at now: Int64
    ) -> Renewal {
        let session = sessions[token.session]
        guard token.kind == .refresh, token.isInForce(at: now), session.app == app,
            !session.isOver
        else { return .invalid }
        let newest = session.pairs.count - 1
        if token.pair == newest { return .new }
        if token.pair == newest - 1, now - session.renewedAt < graceSeconds * 1000 {
            return .again(
                auth: session.pairs[newest].auth.text, refresh: session.pairs[newest].refresh.text)
        }
        // Somebody else has it, too.
        sessions[token.session].isOver = true
        return .invalid
    }

    mutating func logOut(_ token: Token, app: Int) {
        if sessions[token.session].app == app { sessions[token.session].isOver = true }
    }

    mutating func flush(app: Int) {
        for index in sessions.indices where sessions[index].app == app {
            sessions[index].isOver = true
        }
    }

    /// The newest auth tokens of a subject's live sessions.
    func list(app: Int, subject: String, at now: Int64) -> [String] {
        sessions.compactMap { session in
            guard session.app == app, session.subject == subject, !session.isOver,
                let auth = session.pairs.last?.auth, auth.isInForce(at: now)
            else { return nil }
            return auth.text
        }
    }
}
