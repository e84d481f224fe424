/// What a change is about. The numbers are stored: add, never renumber.
package enum ChangeKind: Int64, Sendable {
    case appInserted = 1
    case appUpdated = 2
    case appDeleted = 3
    case keyInserted = 4
    case keyUpdated = 5
    case keyDeleted = 6
    /// A property was set or removed; load them again.
    case propertyChanged = 7
    /// A session of an app, or, if `app` is the number of a realm, of a user.
    case sessionEnded = 8
    /// Every session of an app up to an id was ended.
    case appSessionsEnded = 9
    /// Every session of one subject up to an id was ended.
    case subjectSessionsEnded = 10
    case userInserted = 11
    /// The password or the status of a user was changed.
    case userUpdated = 12
    case userDeleted = 13
    case namedTokenInserted = 14
    /// A named token was deleted by its user; those of a deleted user go without a line.
    case namedTokenDeleted = 15
}

/// One line of the change log, which every process on the store follows.
package struct ChangeRow: Sendable, Equatable {
    /// Its place in the log; rises, with gaps.
    package let sequence: Int64
    /// What happened.
    package let kind: ChangeKind
    /// What it happened to: the number of the app or key, the id of the session or user, the low
    /// bits of the id of the user's session or named token, or the bits of the hash of the subject; 0 for a property.
    package let subject: Int64
    /// The number of the app concerned, or `Realm.number`; 0 if none is.
    package let app: Int64
    /// The newest session id that is ended, for the two kinds that end many; otherwise 0.
    package let through: Int64
    /// When the line may go (Unix seconds): the last token that it ends has expired then. 0 = the
    /// line only announces a change and goes when many newer ones have been written.
    package let expires: Int64

    /// Makes a line of the log.
    package init(
        sequence: Int64, kind: ChangeKind, subject: Int64, app: Int64, through: Int64,
        expires: Int64
    ) {
        self.sequence = sequence
        self.kind = kind
        self.subject = subject
        self.app = app
        self.through = through
        self.expires = expires
    }

    /// How many lines that only announce a change are kept.
    static let announcementsKept: Int64 = 10_000

    /// True when nobody needs the line any more.
    ///
    /// - Parameters:
    ///   - now: the Unix second.
    ///   - newest: the sequence of the newest line.
    func isObsolete(now: Int64, newest: Int64) -> Bool {
        expires == 0 ? sequence <= newest - Self.announcementsKept : expires < now
    }
}
