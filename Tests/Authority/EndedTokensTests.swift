import Testing

@testable import SignetAuthority

/// What is remembered of ended tokens, and for how long.
@Suite("Ended tokens")
struct EndedTokensTests {
    private let ended = EndedTokens()
    private static let many: Int64 = 200_000

    @Test("forgets sessions and renewals whose last token has expired, and no others")
    func sessions() {
        ended.end(session: 1, app: 1, expires: 1_000_000, at: 0)
        ended.keep(session: 2, liveTag: 7, expires: 1_000_000, at: 0)
        // One a second, each expired a hundred seconds later.
        for second in 0..<Self.many {
            ended.end(session: 10 + second, app: 1, expires: second + 100, at: second)
            ended.keep(session: -second, liveTag: 1, expires: second + 100, at: second)
        }
        // 64 stripes look when they hold more than 1,024.
        #expect(ended.count <= 64 * 1_026)
        #expect(ended.isDead(session: 1, tag: 0, app: 1))
        #expect(ended.isDead(session: 2, tag: 6, app: 1))
        #expect(!ended.isDead(session: 2, tag: 7, app: 1))
        #expect(ended.isDead(session: 10 + Self.many - 50, tag: 0, app: 1))
    }

    @Test("forgets an app's flush when the last token before it has expired, and no other")
    func epochs() {
        ended.endSessions(app: -1, through: 50, expires: 1_000_000, at: 0)
        for app in 0..<Self.many {
            ended.endSessions(app: app, through: 50, expires: app + 100, at: app)
        }
        #expect(ended.epochCount <= 1_026)
        #expect(ended.isEnded(session: 50, app: -1))
        #expect(!ended.isEnded(session: 51, app: -1))
        #expect(ended.isEnded(session: 50, app: Self.many - 50))
    }

    @Test("keeps the later of two flushes of an app")
    func repeatedFlush() {
        ended.endSessions(app: 1, through: 50, expires: 100, at: 0)
        ended.endSessions(app: 1, through: 40, expires: 90, at: 1)
        #expect(ended.isEnded(session: 50, app: 1))
        #expect(ended.floor == 50)
    }
}
