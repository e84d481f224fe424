/// A session of a user, or of an app that signed in by its key, as it is stored. Its tokens are not.
package struct UserSessionRow: Sendable, Equatable {
    /// What `expires` says of a session that never does.
    package static let never = Int64.max

    /// The id that clients know: the bits of a UUID that begins with the time, so that new rows go to
    /// the end of their table.
    package var id: RowID
    /// The dialect that it was made by.
    package var realm: Realm
    /// The id of the user that it speaks for; nil for an app that speaks for itself.
    package var user: Int64?
    /// The number of the app that signed in by its key; nil when the user did.
    package var app: Int64?
    /// Unix milliseconds.
    package var created: Int64
    /// The Unix second from which on it is over, or `never`. The row goes later.
    package var expires: Int64
    /// How many seconds after its end a token of it may still seem good to who does not ask the store:
    /// for so long its end is remembered, or until it had expired.
    package var tokenLife: Int64
    /// Where it was begun from, without the port, and by what. Either may be empty.
    package var address: String
    package var userAgent: String
    /// The id of the API token whose bearer began it, and with which it ends; nil for none.
    package var apiToken: RowID?

    /// Makes a row out of all its columns.
    package init(
        id: RowID, realm: Realm, user: Int64?, app: Int64? = nil, created: Int64, expires: Int64,
        tokenLife: Int64, address: String = "", userAgent: String = "", apiToken: RowID? = nil
    ) {
        self.id = id
        self.realm = realm
        self.user = user
        self.app = app
        self.created = created
        self.expires = expires
        self.tokenLife = tokenLife
        self.address = address
        self.userAgent = userAgent
        self.apiToken = apiToken
    }

    /// Seconds by which a clock may be late: for so long a token may still seem good when its time is over,
    /// and the row stays, so that its end can be told.
    static let clockSkewMax: Int64 = 300

    /// The line of the change log that says that it was ended.
    ///
    /// - Parameter now: the Unix second.
    package func end(sequence: Int64 = 0, at now: Int64) -> ChangeRow {
        let (latest, isEndless) = expires.addingReportingOverflow(Self.clockSkewMax)
        return ChangeRow(
            sequence: sequence, kind: .sessionEnded, subject: Int64(bitPattern: id.low),
            app: realm.number, through: 0,
            expires: min(
                isEndless ? .max : latest, now.addingReportingOverflow(tokenLife).partialValue))
    }
}
