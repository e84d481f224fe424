internal import SignetStorage

/// What is due with the signing keys of one app at one moment, as a pure value: it knows neither
/// store nor clock.
///
/// A key is *next* (published, not signing), then *active* (it signs), then *verifying* (replaced),
/// and is dropped when its last token has expired; *revoked* it can be at any time. All times are
/// Unix seconds. docs/decisions/0012-key-rotation.md says why the times are as they are.
struct KeyRotation {
    /// A next key is published for at most this long before it signs, however long the period is.
    static let publicationSecondsMax: Int64 = 3600
    /// How long others may keep a copy of our key sets, where the period allows.
    static let keySetAgeSecondsMax: Int64 = 300
    /// The largest `clock_skew` that a server can be given: a token is accepted so long after it
    /// has expired.
    static let clockSkewSecondsMax: Int64 = 300
    /// How long a process may go on signing with a key that another has replaced or revoked in the
    /// store: what is in flight there, and the change log.
    static let handoverSecondsMax: Int64 = 300
    /// A time so far ahead of now was written before the clock was set back.
    static let clockStepSecondsMax: Int64 = 60

    /// What is to be done now.
    struct Plan: Equatable {
        /// Keys that change, each with the phase that it must still be in. In order, and all or none.
        var moves: [Move] = []
        /// The numbers of keys whose last token has expired.
        var drops: [Int64] = []
        /// A key to be made and stored, if one is.
        var newKey: NewKey?
        /// Whether another key signs from now on.
        var replacesActive = false

        /// True when nothing is to be done.
        var isEmpty: Bool { self == Plan() }
    }

    /// A change of one key.
    struct Move: Equatable {
        let row: KeyRow
        let from: KeyPhase
    }

    /// What a new key is made for.
    enum NewKey: Equatable {
        /// To be published now, and to sign from a second on.
        case next(signsFrom: Int64)
        /// To sign at once, for want of any other.
        case active
    }

    private let periodSeconds: Int64
    private let lifeSeconds: Int64
    private let now: Int64
    private let latest: Int64

    /// - Parameters:
    ///   - now: Unix milliseconds.
    ///   - latest: the latest moment that the clock ever showed here: tokens may have been signed
    ///     then. Before `now` unless the clock was set back.
    init(_ terms: App.Terms, at now: Int64, latest: Int64 = 0) {
        periodSeconds = terms.rotationPeriod
        lifeSeconds = terms.tokenSecondsMax
        self.now = now / 1000
        self.latest = max(now, latest) / 1000
    }

    /// How long a key is published before it signs: a quarter of the period, but twice the age that
    /// copies of the key set may have, where that is at most half of the period.
    static func publicationSeconds(period: Int64) -> Int64 {
        let wanted = max(period / 4, min(2 * keySetAgeSecondsMax, period / 2))
        return min(wanted, publicationSecondsMax)
    }

    /// Decides what to do with `keys`, all that the app has, oldest first.
    func plan(_ keys: [KeyRow]) -> Plan {
        var plan = Plan()
        for key in keys where key.phase == .verifying || key.phase == .revoked {
            if key.expires <= now { plan.drops.append(key.number) }
        }
        let next = keys.first { $0.phase == .next }
        guard let active = keys.last(where: { $0.phase == .active }) else {
            plan.replacesActive = true
            plan.activate(next, with: self)
            return plan
        }
        // Two processes may each have made one where there was none. The later one stays.
        for key in keys where key.phase == .active && key.number != active.number {
            plan.moves.append(Move(row: retired(key), from: .active))
        }
        guard !isAhead(active.activated) else {
            plan.moves.append(Move(row: restamped(active), from: .active))
            return plan
        }
        guard let next else {
            if now >= active.activated + periodSeconds - publicationSeconds {
                let signsFrom = max(active.activated + periodSeconds, now + publicationSeconds)
                plan.newKey = .next(signsFrom: signsFrom)
            }
            return plan
        }
        if isAhead(next.created) {
            plan.moves.append(Move(row: published(next, signsFrom: 0), from: .next))
        } else if now >= signsFrom(next, after: active) {
            plan.moves.append(Move(row: retired(active), from: .active))
            plan.moves.append(Move(row: activated(next), from: .next))
            plan.replacesActive = true
        }
        return plan
    }

    /// When `next` takes over from `active`: when it was told to, or when `active` has reached its
    /// age, but never before it was published for long enough.
    func signsFrom(_ next: KeyRow, after active: KeyRow?) -> Int64 {
        var due = next.activated
        if let active { due = min(due, active.activated.saturatingAdd(periodSeconds)) }
        return max(due, next.created.saturatingAdd(publicationSeconds))
    }

    /// `key` as a next key that is published now.
    ///
    /// - Parameter signsFrom: when it is to sign; not before it was published for long enough.
    func published(_ key: KeyRow, signsFrom: Int64) -> KeyRow {
        var row = key
        row.phase = .next
        row.created = now
        row.activated = max(signsFrom, now + publicationSeconds)
        row.expires = 0
        return row
    }

    /// `key` as the one that signs from now on. What expires later of what it signed before (the
    /// clock was set back) stays noted.
    func activated(_ key: KeyRow) -> KeyRow {
        var row = key
        row.phase = .active
        row.activated = now
        return row
    }

    /// `next` as one that takes over as soon as it was published for long enough.
    func hastened(_ next: KeyRow) -> KeyRow {
        var row = next
        row.activated = min(
            next.activated, max(now, next.created.saturatingAdd(publicationSeconds)))
        return row
    }

    /// `next` as one that takes over a whole period from now, because another key just did.
    func postponed(_ next: KeyRow) -> KeyRow {
        var row = next
        row.activated = now + periodSeconds
        return row
    }

    /// `key` as one that only verifies any more, until the last token that it can have signed has
    /// expired.
    func retired(_ key: KeyRow) -> KeyRow {
        var row = remembering(key)
        row.phase = .verifying
        return row
    }

    /// `key` as one whose tokens are refused. It stays listed until the last of them would have
    /// expired.
    func revoked(_ key: KeyRow) -> KeyRow {
        // Another process may just have begun to sign with a next key.
        var row = key.phase == .verifying ? key : remembering(key)
        row.phase = .revoked
        return row
    }

    /// `key` with the expiry of the last token that it can have signed under these terms until now
    /// noted, unless one signed under earlier terms expires later. To be stored before the terms of
    /// an app change.
    func remembering(_ key: KeyRow) -> KeyRow {
        var row = key
        row.expires = max(key.expires, lastExpiry(ofTokensSignedAt: latest))
        return row
    }

    /// `active` as if it had begun to sign now, because the clock was set back behind its beginning.
    private func restamped(_ active: KeyRow) -> KeyRow {
        var row = activated(active)
        row.expires = max(active.expires, lastExpiry(ofTokensSignedAt: active.activated))
        return row
    }

    /// When the last token signed until `second` has expired, for every server and its clock skew.
    private func lastExpiry(ofTokensSignedAt second: Int64) -> Int64 {
        second.saturatingAdd(lifeSeconds + Self.clockSkewSecondsMax + Self.handoverSecondsMax)
    }

    private var publicationSeconds: Int64 { Self.publicationSeconds(period: periodSeconds) }

    /// Whether `time` was written by a clock that has been set back since.
    private func isAhead(_ time: Int64) -> Bool { time > now + Self.clockStepSecondsMax }
}

extension KeyRotation.Plan {
    /// Has `next` sign, or a new key when there is none.
    fileprivate mutating func activate(_ next: KeyRow?, with rotation: KeyRotation) {
        if let next {
            moves.append(KeyRotation.Move(row: rotation.activated(next), from: .next))
        } else {
            newKey = .active
        }
    }
}

extension App.Terms {
    /// How long the longest-lived token lives, in seconds.
    var tokenSecondsMax: Int64 { max(tokenExpire, refreshExpire) }
}

extension App {
    /// How long a copy of the app's key set may be kept, in seconds (`max-age`): a next key is
    /// published for at least twice as long before it signs.
    package var keySetAgeSecondsMax: Int64 {
        let published = KeyRotation.publicationSeconds(period: terms.rotationPeriod)
        return min(KeyRotation.keySetAgeSecondsMax, published / 2)
    }

    /// When `key`, one of the app's, is done: an active key is replaced then, a next one will have
    /// signed for a period, any other is dropped. Unix seconds.
    ///
    /// - Parameter keys: all keys of the app.
    package func expiry(of key: RealmKey, among keys: [RealmKey]) -> Int64 {
        let rotation = KeyRotation(terms, at: 0)
        let rows = keys.map(\.row)
        let active = rows.last { $0.phase == .active }
        switch key.row.phase {
        case .active:
            guard let next = rows.first(where: { $0.phase == .next }) else {
                return key.row.activated.saturatingAdd(terms.rotationPeriod)
            }
            return rotation.signsFrom(next, after: key.row)
        case .next:
            return rotation.signsFrom(key.row, after: active).saturatingAdd(terms.rotationPeriod)
        case .verifying, .revoked:
            return key.row.expires
        }
    }
}

extension Int64 {
    /// The sum, or the largest number: what a store holds must not stop a server.
    fileprivate func saturatingAdd(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
