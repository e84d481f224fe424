/// The statement that reads mails. The reader's.
final class MailReader {
    private let byTime: Statement

    init(on connection: Connection) throws(StoreError) {
        byTime = try Statement(
            """
            SELECT user, kind, asked, due, attempts, sent FROM mails
            WHERE waiting = 1 AND due <= ?1 ORDER BY due, user LIMIT ?2
            """, on: connection)
    }

    /// Up to `limit` mails that wait and are due, those first that have been so for longest.
    func mails(dueBy now: Int64, limit: Int) throws(StoreError) -> [MailRow] {
        try byTime.bind(now, at: 1)
        try byTime.bind(Int64(limit), at: 2)
        var mails: [MailRow] = []
        while try byTime.step() {
            guard let kind = MailKind(rawValue: byTime.integer(1)) else {
                byTime.reset()
                throw StoreError(.corrupt)
            }
            mails.append(
                MailRow(
                    user: byTime.integer(0), kind: kind, asked: byTime.integer(2),
                    due: byTime.integer(3), attempts: byTime.integer(4), sent: byTime.integer(5)))
        }
        return mails
    }
}
