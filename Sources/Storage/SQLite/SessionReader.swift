/// The read side of the store: a connection of its own, so that no reader waits for a commit.
///
/// `@unchecked Sendable`: made on the opening thread, and then used by the reader's thread only.
final class SessionReader: @unchecked Sendable {
    private static let sessionColumns = """
        id, app, key, issued, auth_not_before, auth_expires, refresh_not_before,
        refresh_expires, tag, subject, claims, previous_tag, renewed, replaced_expires, successor
        """

    private let connection: Connection
    private let tail: SubjectTail?
    private let byID: Statement
    private let bySubject: Statement
    private let unindexed: Statement
    private let log: Statement
    let users: UserReader
    let namedTokens: NamedTokenReader
    let userSessions: UserSessionReader
    let apiTokens: APITokenReader
    let mails: MailReader
    let census: CensusReader

    init(on connection: Connection, tail: SubjectTail?) throws(StoreError) {
        self.connection = connection
        self.tail = tail
        byID = try Statement(
            "SELECT \(Self.sessionColumns) FROM sessions WHERE id = ?1", on: connection)
        bySubject = try Statement(
            """
            SELECT session FROM subject_runs CROSS JOIN subjects USING(run)
            WHERE app = ?1 AND subject = ?2
            """, on: connection)
        unindexed = try Statement(
            """
            SELECT id FROM sessions
            WHERE id > (SELECT value FROM marks WHERE name = 'subjects_through')
                AND app = ?1 AND subject = ?2
            """, on: connection)
        log = try Statement(
            """
            SELECT sequence, kind, subject, app, through, expires FROM changes
            WHERE sequence > ?1 ORDER BY sequence
            """, on: connection)
        users = try UserReader(on: connection)
        namedTokens = try NamedTokenReader(on: connection)
        userSessions = try UserSessionReader(on: connection)
        apiTokens = try APITokenReader(on: connection)
        mails = try MailReader(on: connection)
        census = try CensusReader(on: connection)
    }

    /// Reads the small tables in one transaction.
    func load() throws(StoreError) -> StoreContents {
        try inOneTransaction { () throws(StoreError) in
            var contents = StoreContents()
            contents.apps = try apps()
            contents.keys = try keys()
            let properties = try Statement("SELECT name, value FROM properties", on: connection)
            while try properties.step() {
                contents.properties[properties.text(0)] = properties.bytes(1)
            }
            contents.newestSession = try connection.integer(
                "SELECT coalesce(max(id), 0) FROM sessions")
            contents.lastAppNumber = try sequence(of: "apps")
            contents.lastKeyNumber = try sequence(of: "keys")
            contents.lastUserID = try sequence(of: "users")
            contents.lastChange = try sequence(of: "changes")
            return contents
        }
    }

    /// The sessions with these ids, as of one moment.
    func sessions(_ ids: [Int64]) throws(StoreError) -> [SessionRow?] {
        try inOneTransaction { () throws(StoreError) in
            var rows: [SessionRow?] = []
            rows.reserveCapacity(ids.count)
            for id in ids { rows.append(try session(id)) }
            return rows
        }
    }

    /// The session with this id.
    private func session(_ id: Int64) throws(StoreError) -> SessionRow? {
        try byID.bind(id, at: 1)
        guard try byID.step() else { return nil }
        defer { byID.reset() }
        // Wrapping, as when it was written: no stored value may stop the server.
        let issued = byID.integer(3) &+ SessionID.second(id)
        return SessionRow(
            id: id, tag: UInt64(bitPattern: byID.integer(8)), app: byID.integer(1),
            key: byID.integer(2), subject: UInt64(bitPattern: byID.integer(9)), issued: issued,
            authNotBefore: byID.integer(4) &+ issued, authExpires: byID.integer(5) &+ issued,
            refreshNotBefore: byID.integer(6) &+ issued, refreshExpires: byID.integer(7) &+ issued,
            claims: byID.bytes(10), renewal: renewal(issued: issued))
    }

    /// The renewal of the row that `byID` is on.
    private func renewal(issued: Int64) -> SessionRenewal? {
        // 0 is what SQLite reads out of NULL.
        guard byID.integer(12) != 0 else { return nil }
        return SessionRenewal(
            previousTag: UInt64(bitPattern: byID.integer(11)), at: byID.integer(12),
            replacedExpires: byID.integer(13) &+ issued, successor: byID.bytes(14))
    }

    /// The sessions that were renewed.
    func renewedSessions() throws(StoreError) -> [RenewedSession] {
        let statement = try Statement(
            """
            SELECT id, tag, issued + replaced_expires FROM sessions WHERE was_renewed IS NOT NULL
            """, on: connection)
        var sessions: [RenewedSession] = []
        while try statement.step() {
            let id = statement.integer(0)
            sessions.append(
                RenewedSession(
                    id: id, tag: UInt64(bitPattern: statement.integer(1)),
                    replacedExpires: statement.integer(2) &+ SessionID.second(id)))
        }
        return sessions
    }

    /// The sessions of a subject, oldest first.
    ///
    /// The tail is asked before the table: what leaves it in between is in the table by then.
    /// Without a tail of our own, the sessions above the watermark are scanned, in the same
    /// transaction.
    func sessions(app: Int64, subject: UInt64) throws(StoreError) -> [SessionRow] {
        let subject = Int64(bitPattern: subject)
        let recent = tail?.sessions(app: app, subject: subject) ?? []
        return try inOneTransaction { () throws(StoreError) in
            var ids = Set(recent)
            try collect(bySubject, app, subject, into: &ids)
            if tail == nil { try collect(unindexed, app, subject, into: &ids) }
            var rows: [SessionRow] = []
            for id in ids.sorted() {
                if let row = try session(id) { rows.append(row) }
            }
            return rows
        }
    }

    /// The lines of the change log after a sequence.
    func changes(after sequence: Int64) throws(StoreError) -> [ChangeRow] {
        try log.bind(sequence, at: 1)
        var rows: [ChangeRow] = []
        while try log.step() {
            // A kind that this Signet does not know cannot be: a newer schema was refused.
            guard let kind = ChangeKind(rawValue: log.integer(1)) else { continue }
            rows.append(
                ChangeRow(
                    sequence: log.integer(0), kind: kind, subject: log.integer(2),
                    app: log.integer(3), through: log.integer(4), expires: log.integer(5)))
        }
        return rows
    }

    private func apps() throws(StoreError) -> [AppRow] {
        let statement = try Statement(
            """
            SELECT number, id, name, description, key_hash, algorithm, token_expire,
                token_not_before, refresh_expire, refresh_not_before, rotation_period,
                refresh_grace, required_claims, added, updated, last_key_rotation
            FROM apps ORDER BY number
            """, on: connection)
        var apps: [AppRow] = []
        while try statement.step() {
            guard let id = RowID(bytes: statement.bytes(1)) else { throw StoreError(.corrupt) }
            apps.append(
                AppRow(
                    number: statement.integer(0), id: id, name: statement.text(2),
                    description: statement.text(3), keyHash: statement.bytes(4),
                    algorithm: statement.text(5), tokenExpire: statement.integer(6),
                    tokenNotBefore: statement.integer(7), refreshExpire: statement.integer(8),
                    refreshNotBefore: statement.integer(9), rotationPeriod: statement.integer(10),
                    refreshGrace: statement.integer(11), requiredClaims: statement.integer(12),
                    added: statement.integer(13), updated: statement.integer(14),
                    lastKeyRotation: statement.integer(15)))
        }
        return apps
    }

    private func keys() throws(StoreError) -> [KeyRow] {
        let statement = try Statement(
            """
            SELECT number, id, coalesce(app, -realm), algorithm, sealed_private_key, public_key, phase, created,
                activated, expires
            FROM keys ORDER BY number
            """, on: connection)
        var keys: [KeyRow] = []
        while try statement.step() {
            guard let id = RowID(bytes: statement.bytes(1)),
                let phase = KeyPhase(rawValue: statement.integer(6))
            else { throw StoreError(.corrupt) }
            keys.append(
                KeyRow(
                    number: statement.integer(0), id: id, app: statement.integer(2),
                    algorithm: statement.text(3), sealedPrivateKey: statement.bytes(4),
                    publicKey: statement.bytes(5), phase: phase, created: statement.integer(7),
                    activated: statement.integer(8), expires: statement.integer(9)))
        }
        return keys
    }

    private func sequence(of table: String) throws(StoreError) -> Int64 {
        try connection.integer("SELECT seq FROM sqlite_sequence WHERE name = '\(table)'")
    }

    private func collect(
        _ statement: borrowing Statement, _ app: Int64, _ subject: Int64, into ids: inout Set<Int64>
    ) throws(StoreError) {
        try statement.bind(app, at: 1)
        try statement.bind(subject, at: 2)
        while try statement.step() { ids.insert(statement.integer(0)) }
    }

    private func inOneTransaction<Value>(
        _ body: () throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        // A connection that is in one sees one moment already.
        guard !connection.isInTransaction else { return try body() }
        try connection.execute("BEGIN")
        do throws(StoreError) {
            let value = try body()
            try connection.execute("COMMIT")
            return value
        } catch {
            connection.rollback()
            throw error
        }
    }
}
