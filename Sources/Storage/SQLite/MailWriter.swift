/// Writes mails. Rare, so statements are compiled when they are needed. Used within a transaction.
struct MailWriter {
    private let connection: Connection

    init(on connection: Connection) {
        self.connection = connection
    }

    /// Has a mail wait, not before the pauses since earlier ones are over. An unknown user makes it a
    /// conflict by its reference.
    func ask(user: Int64, _ kind: MailKind, at now: Int64) throws(StoreError) {
        let statement = try Statement(
            """
            INSERT INTO mails(user, kind, asked, due, attempts, sent, waiting)
            VALUES(?1, ?2, ?3,
                max(?3, ?4 + coalesce((SELECT max(sent) FROM mails WHERE user = ?1), 0)), 0, 0, 1)
            ON CONFLICT(user, kind) DO UPDATE SET asked = excluded.asked, waiting = 1,
                due = CASE waiting WHEN 1 THEN due ELSE max(excluded.due, sent + ?5) END,
                attempts = CASE waiting WHEN 1 THEN attempts ELSE 0 END
            """, on: connection)
        try statement.bind(user, at: 1)
        try statement.bind(kind.rawValue, at: 2)
        try statement.bind(now, at: 3)
        try statement.bind(MailKind.pauseMilliseconds, at: 4)
        try statement.bind(kind.pauseMilliseconds, at: 5)
        try statement.run()
    }

    /// Notes that a mail was sent. It waits on if it was asked for again since `asked`.
    func didSend(
        user: Int64, _ kind: MailKind, asked: Int64, at now: Int64
    ) throws(StoreError) {
        let statement = try update("sent = ?4, due = ?4 + ?5, attempts = 0, waiting = asked > ?3")
        try statement.bind(user, at: 1)
        try statement.bind(kind.rawValue, at: 2)
        try statement.bind(asked, at: 3)
        try statement.bind(now, at: 4)
        try statement.bind(kind.pauseMilliseconds, at: 5)
        try statement.run()
    }

    /// Notes that a mail was tried in vain.
    func didFail(
        user: Int64, _ kind: MailKind, attempts: Int64, due: Int64
    ) throws(StoreError) {
        let statement = try update("attempts = ?3, due = ?4")
        try statement.bind(user, at: 1)
        try statement.bind(kind.rawValue, at: 2)
        try statement.bind(attempts, at: 3)
        try statement.bind(due, at: 4)
        try statement.run()
    }

    /// Has a mail wait no more, unless it was asked for again since `asked`.
    func drop(user: Int64, _ kind: MailKind, asked: Int64) throws(StoreError) {
        let statement = try update("waiting = asked > ?3, attempts = 0")
        try statement.bind(user, at: 1)
        try statement.bind(kind.rawValue, at: 2)
        try statement.bind(asked, at: 3)
        try statement.run()
    }

    private func update(_ columns: String) throws(StoreError) -> Statement {
        try Statement(
            "UPDATE mails SET \(columns) WHERE user = ?1 AND kind = ?2", on: connection)
    }
}
