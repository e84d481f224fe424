/// The mails in memory, by the rules of the database.
struct Mails: Sendable {
    private struct Key: Hashable, Sendable {
        let user: Int64
        let kind: MailKind
    }

    private var rows: [Key: MailRow] = [:]

    /// Up to `limit` mails that wait and are due, those first that have been so for longest.
    func mails(dueBy now: Int64, limit: Int) -> [MailRow] {
        let due = rows.values.filter { $0.isWaiting && $0.due <= now }
        return Array(due.sorted { ($0.due, $0.user) < ($1.due, $1.user) }.prefix(limit))
    }

    /// Has a mail wait to a user, who was looked at.
    mutating func ask(user: Int64, _ kind: MailKind, at now: Int64) {
        let key = Key(user: user, kind: kind)
        let sent = MailKind.allCases.compactMap { rows[Key(user: user, kind: $0)]?.sent }.max() ?? 0
        let due = max(now, sent + MailKind.pauseMilliseconds)
        guard var row = rows[key] else {
            rows[key] = MailRow(user: user, kind: kind, asked: now, due: due)
            return
        }
        if !row.isWaiting {
            row.due = max(due, row.sent + kind.pauseMilliseconds)
            row.attempts = 0
        }
        row.asked = now
        row.isWaiting = true
        rows[key] = row
    }

    /// Notes that a mail was sent.
    mutating func didSend(user: Int64, _ kind: MailKind, asked: Int64, at now: Int64) {
        change(user, kind) { row in
            row.sent = now
            row.due = now + kind.pauseMilliseconds
            row.attempts = 0
            row.isWaiting = row.asked > asked
        }
    }

    /// Notes that a mail was tried in vain.
    mutating func didFail(user: Int64, _ kind: MailKind, attempts: Int64, due: Int64) {
        change(user, kind) { row in
            row.attempts = attempts
            row.due = due
        }
    }

    /// Has a mail wait no more.
    mutating func drop(user: Int64, _ kind: MailKind, asked: Int64) {
        change(user, kind) { row in
            row.isWaiting = row.asked > asked
            row.attempts = 0
        }
    }

    /// Forgets the mails to a user.
    mutating func drop(user: Int64) {
        for kind in MailKind.allCases { rows[Key(user: user, kind: kind)] = nil }
    }

    private mutating func change(
        _ user: Int64, _ kind: MailKind, _ body: (inout MailRow) -> Void
    ) {
        let key = Key(user: user, kind: kind)
        guard var row = rows[key] else { return }
        body(&row)
        rows[key] = row
    }
}
