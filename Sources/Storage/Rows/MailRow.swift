/// What a mail is for. The numbers are stored: add, never renumber.
package enum MailKind: Int64, Sendable, CaseIterable {
    /// Has a user who signed up show that the address is theirs.
    case verification = 1
    /// Tells a user that somebody tried to sign up with their address.
    case addressTaken = 2

    /// Between any two mails to one user.
    package static let pauseMilliseconds: Int64 = 60_000

    /// Between two mails of the kind to one user. Others' curiosity must not fill anybody's mailbox.
    package var pauseMilliseconds: Int64 {
        switch self {
        case .verification: Self.pauseMilliseconds
        case .addressTaken: 3_600_000
        }
    }
}

/// That a user is to be sent a mail, or was. What it says is made when it is sent, so that no link in it
/// lies in the store. Times are Unix milliseconds.
package struct MailRow: Sendable, Equatable {
    package var user: Int64
    package var kind: MailKind
    /// When it was last asked for.
    package var asked: Int64
    /// When to try (again), if it waits.
    package var due: Int64
    /// How often it was tried in vain since it began to wait.
    package var attempts: Int64
    /// When one was last sent; 0 for never.
    package var sent: Int64
    /// Whether it is to be sent.
    package var isWaiting: Bool

    /// Makes a row out of all its columns.
    package init(
        user: Int64, kind: MailKind, asked: Int64, due: Int64, attempts: Int64 = 0, sent: Int64 = 0,
        isWaiting: Bool = true
    ) {
        self.user = user
        self.kind = kind
        self.asked = asked
        self.due = due
        self.attempts = attempts
        self.sent = sent
        self.isWaiting = isWaiting
    }
}
