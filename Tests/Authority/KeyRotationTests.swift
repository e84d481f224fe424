import SignetCrypto
import TestSupport
import SignetStorage
import Testing

@testable import SignetAuthority

@Suite("Key rotation")
struct KeyRotationTests {
    /// 2026-11-22 00:00:00 UTC in seconds.
    private static let start = Bench.now / 1000
    private static let year: Int64 = 31_536_000

    /// The terms of an app whose longest-lived token lives for two hours.
    private func terms(period: Int64 = 86_400) -> App.Terms {
        App.Terms(
            name: "shop", algorithm: .es256, tokenExpire: 3600, refreshExpire: 7200,
            rotationPeriod: period)
    }

    private func rotation(
        period: Int64 = 86_400, at second: Int64, latest: Int64 = 0
    ) -> KeyRotation {
        KeyRotation(terms(period: period), at: second * 1000 + 999, latest: latest * 1000)
    }

    private func key(
        _ number: Int64, _ phase: KeyPhase, created: Int64 = 0, activated: Int64 = 0,
        expires: Int64 = 0
    ) -> KeyRow {
        KeyRow(
            number: number, id: RowID(high: 1, low: UInt64(number)), app: 1, algorithm: "ES256",
            sealedPrivateKey: [], publicKey: [], phase: phase, created: created,
            activated: activated, expires: expires)
    }

    // MARK: The times

    @Test(
        "publishes a key for a quarter of the period, an hour at most, and long enough for copies",
        arguments: [
            (60, 30), (600, 300), (1200, 600), (2000, 600), (3600, 900), (14_400, 3600),
            (86_400, 3600), (31_536_000, 3600),
        ] as [(Int64, Int64)])
    func publication(period: Int64, seconds: Int64) {
        #expect(KeyRotation.publicationSeconds(period: period) == seconds)
    }

    @Test("lets no copy of a key set be older than half the time for which a next key is published")
    func copies() throws {
        for period in stride(from: Int64(60), through: Self.year, by: 997) {
            let row = AppRow(
                terms(period: period), number: 1, id: ULID(high: 0, low: 1), appKey: [],
                at: Bench.now)
            let app = try #require(App(row))
            let published = KeyRotation.publicationSeconds(period: period)
            #expect(app.keySetAgeSecondsMax * 2 <= published)
            #expect(app.keySetAgeSecondsMax > 0)
            #expect(published < period)
        }
    }

    // MARK: Every phase

    @Test("does nothing with a young key", arguments: [Int64(60), 86_400, Self.year])
    func young(period: Int64) {
        let active = key(1, .active, created: Self.start, activated: Self.start)
        let published = KeyRotation.publicationSeconds(period: period)
        for age in [0, 1, period - published - 1] {
            #expect(rotation(period: period, at: Self.start + age).plan([active]).isEmpty)
        }
    }

    @Test(
        "asks for a next key when the active one comes of age", arguments: [Int64(60), Self.year])
    func asksForNext(period: Int64) {
        let active = key(1, .active, activated: Self.start)
        let published = KeyRotation.publicationSeconds(period: period)
        let moment = Self.start + period - published
        var plan = rotation(period: period, at: moment).plan([active])
        #expect(plan.newKey == .next(signsFrom: Self.start + period))
        plan.newKey = nil
        #expect(plan.isEmpty)
        // The server was away for long: the key still is published first.
        let late = rotation(period: period, at: Self.start + 3 * period).plan([active])
        #expect(late.newKey == .next(signsFrom: Self.start + 3 * period + published))
    }

    @Test("has a next key take over at its time, but published for long enough before")
    func takesOver() {
        let active = key(1, .active, activated: Self.start)
        let due = Self.start + 86_400
        let early = key(2, .next, created: due - 3600, activated: due)
        #expect(rotation(at: due - 1).plan([active, early]).isEmpty)
        #expect(rotation(at: due).plan([active, early]).replacesActive)
        // Published late: it still takes its hour.
        let late = key(2, .next, created: due + 10, activated: due)
        #expect(rotation(at: due + 3609).plan([active, late]).isEmpty)
        let plan = rotation(at: due + 3610).plan([active, late])
        var retired = active
        retired.phase = .verifying
        retired.expires = due + 3610 + 7200 + 600
        var activated = late
        activated.phase = .active
        activated.activated = due + 3610
        #expect(
            plan.moves == [
                .init(row: retired, from: .active), .init(row: activated, from: .next),
            ])
        #expect(plan.drops.isEmpty && plan.newKey == nil && plan.replacesActive)
        #expect(
            retired.expires == due + 3610 + 7200 + KeyRotation.clockSkewSecondsMax
                + KeyRotation.handoverSecondsMax)
    }

    @Test("has a next key take over earlier when it was told to, or when the period was shortened")
    func earlier() {
        let active = key(1, .active, activated: Self.start)
        let told = key(2, .next, created: Self.start + 10, activated: Self.start + 3610)
        #expect(rotation(at: Self.start + 3609).plan([active, told]).isEmpty)
        #expect(rotation(at: Self.start + 3610).plan([active, told]).replacesActive)
        let far = key(2, .next, created: Self.start + 10, activated: Self.start + 86_400)
        #expect(rotation(period: 600, at: Self.start + 599).plan([active, far]).isEmpty)
        #expect(rotation(period: 600, at: Self.start + 600).plan([active, far]).replacesActive)
    }

    @Test("keeps a replaced key until its last token has expired, and then drops it")
    func drops() {
        let active = key(3, .active, activated: Self.start)
        for phase in [KeyPhase.verifying, .revoked] {
            let old = key(1, phase, expires: Self.start + 100)
            #expect(rotation(at: Self.start + 99).plan([old, active]).isEmpty)
            var plan = rotation(at: Self.start + 100).plan([old, active])
            #expect(plan.drops == [1])
            plan.drops = []
            #expect(plan.isEmpty)
        }
    }

    @Test("remembers that tokens of earlier terms live longer")
    func floor() {
        // The terms let tokens live for a year until now; from now on for two hours.
        var long = terms()
        long.refreshExpire = Self.year
        var active = key(1, .active, activated: Self.start)
        active = KeyRotation(long, at: (Self.start + 50) * 1000).remembering(active)
        #expect(active.phase == .active)
        #expect(active.expires == Self.start + 50 + Self.year + 600)
        let replaced = rotation(at: Self.start + 86_400).retired(active)
        #expect(replaced.expires == Self.start + 50 + Self.year + 600)
        // And when the short ones live longer than those, they count.
        let later = rotation(at: Self.start + 2 * Self.year).retired(active)
        #expect(later.expires == Self.start + 2 * Self.year + 7200 + 600)
    }

    @Test("has a key sign at once when there is none: the next one, or a new one")
    func noActive() {
        let old = key(1, .verifying, expires: Self.start + 100)
        let none = rotation(at: Self.start).plan([old])
        #expect(none.newKey == .active && none.moves.isEmpty && none.replacesActive)
        let next = key(2, .next, created: Self.start, activated: Self.start + 3600)
        let plan = rotation(at: Self.start).plan([old, next])
        #expect(plan.newKey == nil && plan.replacesActive)
        #expect(plan.moves.map(\.row.number) == [2])
        #expect(plan.moves.map(\.row.phase) == [.active])
        #expect(plan.moves.map(\.from) == [.next])
    }

    @Test("lets the later of two active keys sign")
    func twoActive() {
        let keys = [1, 2].map { key($0, .active, activated: Self.start) }
        let plan = rotation(at: Self.start + 5).plan(keys)
        #expect(plan.moves.map(\.row.number) == [1])
        #expect(plan.moves.map(\.row.phase) == [.verifying])
        #expect(plan.moves.map(\.row.expires) == [Self.start + 5 + 7200 + 600])
    }

    @Test("revokes a key of any phase, and keeps it listed as long as its tokens would have lived")
    func revokes() {
        let rotation = rotation(at: Self.start)
        for phase in [KeyPhase.next, .active] {
            let revoked = rotation.revoked(key(1, phase, expires: 5))
            #expect(revoked.phase == .revoked)
            #expect(revoked.expires == Self.start + 7200 + 600)
        }
        let revoked = rotation.revoked(key(1, .verifying, expires: Self.start + 5))
        #expect(revoked.expires == Self.start + 5)
    }

    // MARK: Odd clocks

    @Test("counts again from now when the clock was set back behind the beginning of a key")
    func setBackActive() {
        let active = key(1, .active, activated: Self.start + Self.year)
        // A minute is what clocks are corrected by; nothing happens then.
        #expect(rotation(at: Self.start + Self.year - 60).plan([active]).isEmpty)
        let plan = rotation(at: Self.start).plan([active])
        #expect(plan.moves.map(\.from) == [.active])
        #expect(plan.moves.map(\.row.activated) == [Self.start])
        #expect(plan.moves.map(\.row.phase) == [.active])
        // What it signed then is verified until it has expired.
        #expect(plan.moves.map(\.row.expires) == [Self.start + Self.year + 7200 + 600])
        #expect(plan.newKey == nil && !plan.replacesActive)
        #expect(rotation(at: Self.start + 1).plan(plan.moves.map(\.row)).isEmpty)
    }

    @Test("counts again from now when the clock was set back behind the publication of a next key")
    func setBackNext() {
        let active = key(1, .active, activated: Self.start)
        let next = key(2, .next, created: Self.start + Self.year, activated: Self.start + Self.year)
        let now = Self.start + 90_000
        let plan = rotation(at: now).plan([active, next])
        #expect(plan.moves.map(\.row.created) == [now])
        #expect(plan.moves.map(\.row.activated) == [now + 3600])
        #expect(plan.moves.map(\.from) == [.next])
        let rows = [active] + plan.moves.map(\.row)
        #expect(rotation(at: now + 3599).plan(rows).isEmpty)
        #expect(rotation(at: now + 3600).plan(rows).replacesActive)
    }

    @Test("keeps a replaced key for the tokens that it signed before the clock was set back")
    func setBackRetired() {
        let active = key(1, .active, activated: Self.start)
        let rotation = rotation(at: Self.start + 10, latest: Self.start + 5000)
        #expect(rotation.retired(active).expires == Self.start + 5000 + 7200 + 600)
    }

    @Test("publishes before it signs even after the clock jumped ahead by years")
    func jumpedAhead() {
        let active = key(1, .active, activated: Self.start)
        let now = Self.start + 50 * Self.year
        let plan = rotation(at: now).plan([active])
        #expect(plan.newKey == .next(signsFrom: now + 3600))
        #expect(plan.moves.isEmpty && !plan.replacesActive)
    }

    @Test("decides something about any times at all, without a trap")
    func anyTimes() {
        let times: [Int64] = [.min, -1, 0, 1, Self.start, .max]
        for now in [0, 1, Self.start, Self.start * 1000] {
            for first in times {
                for second in times {
                    for phase in [KeyPhase.next, .active, .verifying, .revoked] {
                        _ = rotation(at: now).plan([
                            key(1, .active, activated: first, expires: second),
                            key(2, phase, created: first, activated: second, expires: first),
                        ])
                    }
                }
            }
        }
    }

    // MARK: A life

    @Test(
        "leads keys through their lives, whatever the clock does, one always signing",
        arguments: [Int64(60), 600, 86_400, Self.year], [UInt64(1), 2, 3])
    func lives(period: Int64, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var now = Self.start
        var latest = now
        var keys = [key(1, .active, created: now, activated: now)]
        var publishedAt: [Int64: Int64] = [:]
        var signedUntil: [Int64: Int64] = [:]
        var isSteady = true
        for _ in 0..<20_000 {
            // Mostly a step of a part of a period; rarely a leap, ahead or back.
            let step = Int64.random(in: 0...period / 20 + 1, using: &random)
            let isLeap = Int.random(in: 0..<500, using: &random) == 0
            now += isLeap ? Int64.random(in: -2 * period...2 * period, using: &random) : step
            if isLeap { isSteady = false }
            latest = max(latest, now)
            signedUntil[keys.last { $0.phase == .active }?.number ?? 0] = now

            let rotation = KeyRotation(terms(period: period), at: now * 1000, latest: latest * 1000)
            let plan = rotation.plan(keys)
            for number in plan.drops {
                let last = (signedUntil[number] ?? 0) + 7200
                #expect(now > last, "key \(number) verified a token that lives until \(last)")
            }
            for move in plan.moves {
                guard let index = keys.firstIndex(where: { $0.number == move.row.number }) else {
                    Issue.record("a key that is not there")
                    continue
                }
                #expect(keys[index].phase == move.from)
                if move.from == .next && move.row.phase == .active && isSteady {
                    let since = publishedAt[move.row.number] ?? now
                    #expect(now - since >= KeyRotation.publicationSeconds(period: period))
                }
                keys[index] = move.row
            }
            keys.removeAll { plan.drops.contains($0.number) }
            if case .next(let signsFrom) = plan.newKey {
                let number = (keys.map(\.number).max() ?? 0) + 1
                let made = rotation.published(key(number, .active), signsFrom: signsFrom)
                publishedAt[number] = now
                keys.append(made)
                isSteady = true
            }
            #expect(keys.count { $0.phase == .active } == 1)
            #expect(keys.count { $0.phase == .next } <= 1)
        }
        #expect((keys.map(\.number).max() ?? 0) > 50)
    }
}
