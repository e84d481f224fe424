/// A count of the sessions whose time is not over. It goes on in steps (`Store.count`), so that nobody waits for it, and
/// does not hold up with what comes meanwhile.
package struct SessionCensus: Sendable {
    /// What comes next.
    enum Place: Sendable {
        /// The sessions of apps after this id, up to the one that was the newest when the count began.
        case sessions(after: Int64, through: Int64?)
        /// The sessions of users after this id.
        case userSessions(after: RowID?)
        case end
    }

    var place = Place.sessions(after: .min, through: nil)
    /// The sessions of apps that were counted so far.
    package internal(set) var ofApps = 0
    /// Those of users.
    package internal(set) var ofUsers: [Realm: Int] = [:]

    /// Begins a count.
    package init() {}

    /// Whether all are counted.
    package var isDone: Bool {
        if case .end = place { true } else { false }
    }
}
