internal import SignetStorage
import Synchronization

/// What was ended before it expires: sessions, replaced tokens, and whole apps up to a session. Shared
/// by all loops, so that whatever is put here is in force everywhere at once.
///
/// Bounded by time: an entry goes when the last token that it concerns has expired. Its keys are
/// session ids, never token bytes.
package final class EndedTokens: Sendable {
    /// A session that was ended, for the tokens of one app: a token that another app's owner made
    /// may name any session, and must end nothing but its own.
    private struct EndedSession: Hashable {
        let session: Int64
        let app: Int64
    }

    /// What is left of a session that was renewed.
    private struct Remainder {
        /// The only tag whose tokens are alive.
        var liveTag: UInt64
        /// The Unix second from which on the entry says nothing any more.
        var expires: Int64
    }

    /// Up to where an app's sessions are over, and the Unix second from which on that says nothing.
    private struct Epoch {
        var through: Int64
        var expires: Int64
    }

    /// The epochs of apps, by their numbers.
    private struct Epochs {
        var ofApp: [Int64: Epoch] = [:]
        /// How many there may be before the expired ones are looked for.
        var sweepCount = 1024

        /// Forgets what has expired at `now` when there is much.
        mutating func sweep(at now: Int64) {
            guard ofApp.count > sweepCount else { return }
            ofApp = ofApp.filter { $0.value.expires > now }
            sweepCount = max(1024, 2 * ofApp.count)
        }
    }

    /// A part of the sessions, so that loops rarely wait for each other.
    private final class Stripe: Sendable {
        struct Sessions {
            /// By what was ended: the Unix second from which on the entry says nothing any more.
            var ended: [EndedSession: Int64] = [:]
            var remainders: [Int64: Remainder] = [:]
            /// How many there may be before the expired ones are looked for.
            var sweepCount = 1024

            var count: Int { ended.count + remainders.count }

            /// Forgets what has expired at `now` when there is much.
            mutating func sweep(at now: Int64) {
                guard count > sweepCount else { return }
                ended = ended.filter { $0.value > now }
                remainders = remainders.filter { $0.value.expires > now }
                // A constant share of the entries is new between two sweeps, so each costs O(1).
                sweepCount = max(1024, 2 * count)
            }
        }

        let sessions = Mutex(Sessions())
    }

    private static let stripeCount = 64

    private let stripes = (0..<stripeCount).map { _ in Stripe() }
    private let epochs = Mutex(Epochs())
    /// The highest session id that was ended with all before it; new ids must be higher.
    private let floorID = Atomic<Int64>(0)

    init() {}

    /// New session ids must be higher than this.
    var floor: Int64 { floorID.load(ordering: .acquiring) }

    /// How many sessions are remembered, and of how many apps.
    package var count: Int { stripes.reduce(0) { $0 + $1.sessions.withLock { $0.count } } }
    package var epochCount: Int { epochs.withLock { $0.ofApp.count } }

    /// Whether a token of a session is dead, though it may not have expired.
    func isDead(session: Int64, tag: UInt64, app: Int64) -> Bool {
        if isBeforeEpoch(session: session, app: app) { return true }
        return stripe(session).sessions.withLock { sessions in
            if sessions.ended[EndedSession(session: session, app: app)] != nil { return true }
            return sessions.remainders[session].map { $0.liveTag != tag } ?? false
        }
    }

    /// Whether a session is over with all its tokens.
    func isEnded(session: Int64, app: Int64) -> Bool {
        if isBeforeEpoch(session: session, app: app) { return true }
        return stripe(session).sessions.withLock { sessions in
            sessions.ended[EndedSession(session: session, app: app)] != nil
        }
    }

    private func isBeforeEpoch(session: Int64, app: Int64) -> Bool {
        // Most servers never ended an app's sessions: then no lock.
        guard session <= floor, let epoch = epochs.withLock({ $0.ofApp[app] }) else { return false }
        return session <= epoch.through
    }

    /// Ends all tokens of a session.
    ///
    /// - Parameters:
    ///   - app: the app that it belongs to.
    ///   - expires: the Unix second from which on none of them is valid anyway.
    ///   - now: the Unix second.
    func end(session: Int64, app: Int64, expires: Int64, at now: Int64) {
        let key = EndedSession(session: session, app: app)
        stripe(session).sessions.withLock { sessions in
            sessions.ended[key] = max(sessions.ended[key] ?? .min, expires)
            sessions.sweep(at: now)
        }
    }

    /// Ends all tokens of a session but those with `liveTag`.
    func keep(session: Int64, liveTag: UInt64, expires: Int64, at now: Int64) {
        stripe(session).sessions.withLock { sessions in
            sessions.remainders[session] = Remainder(liveTag: liveTag, expires: expires)
            sessions.sweep(at: now)
        }
    }

    /// Ends every session of an app up to `through`.
    ///
    /// - Parameters:
    ///   - expires: the Unix second from which on none of their tokens is valid anyway.
    ///   - now: the Unix second.
    package func endSessions(app: Int64, through: Int64, expires: Int64, at now: Int64) {
        raiseFloor(to: through)
        epochs.withLock { epochs in
            let known = epochs.ofApp[app] ?? Epoch(through: .min, expires: .min)
            epochs.ofApp[app] = Epoch(
                through: max(known.through, through), expires: max(known.expires, expires))
            epochs.sweep(at: now)
        }
    }

    /// Has all later session ids be higher than `id`.
    func raiseFloor(to id: Int64) {
        floorID.max(id, ordering: .acquiringAndReleasing)
    }

    /// Takes in a line of the change log. Those that have expired go later.
    func apply(_ change: ChangeRow) {
        switch change.kind {
        case .sessionEnded:
            end(session: change.subject, app: change.app, expires: change.expires, at: .min)
        case .appSessionsEnded:
            endSessions(
                app: change.app, through: change.through, expires: change.expires, at: .min)
        case .appDeleted: epochs.withLock { $0.ofApp[change.app] = nil }
        default: break
        }
    }

    /// Takes in a session that was renewed before the server started.
    func apply(_ session: RenewedSession) {
        keep(
            session: session.id, liveTag: session.tag, expires: session.replacedExpires, at: .min)
    }

    private func stripe(_ session: Int64) -> Stripe {
        // Sequence, shard and the lowest milliseconds, mixed.
        let mixed = UInt64(bitPattern: session) &* 0x9E37_79B9_7F4A_7C15
        return stripes[Int(mixed >> 58)]
    }
}
