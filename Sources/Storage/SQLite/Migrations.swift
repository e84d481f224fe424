/// The schema of the database, as the steps that lead to it. Released steps never change: a new
/// schema is a new step at the end.
enum Migrations {
    /// "SGNT": marks a file as ours (the header field that `file(1)` reads).
    static let applicationID: Int64 = 0x5347_4E54

    /// The schema that this Signet works with.
    static var current: Int64 { Int64(steps.count) }

    /// Step n leads from schema n to schema n + 1.
    private static let steps = [
        schema1, schema2, schema3, schema4, schema5, schema6, schema7, schema8, schema9,
        schema10,
    ]

    private static let schema1 = """
        CREATE TABLE apps(
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id BLOB NOT NULL UNIQUE,
            name TEXT NOT NULL,
            description TEXT NOT NULL,
            key_hash BLOB NOT NULL,
            algorithm TEXT NOT NULL,
            token_expire INTEGER NOT NULL,
            token_not_before INTEGER NOT NULL,
            refresh_expire INTEGER NOT NULL,
            refresh_not_before INTEGER NOT NULL,
            rotation_period INTEGER NOT NULL,
            refresh_grace INTEGER NOT NULL,
            required_claims INTEGER NOT NULL,
            added INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            last_key_rotation INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE keys(
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id BLOB NOT NULL UNIQUE,
            app INTEGER NOT NULL REFERENCES apps(number) ON DELETE CASCADE,
            algorithm TEXT NOT NULL,
            sealed_private_key BLOB NOT NULL,
            public_key BLOB NOT NULL,
            phase INTEGER NOT NULL,
            created INTEGER NOT NULL,
            activated INTEGER NOT NULL,
            expires INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX keys_by_app ON keys(app);

        CREATE TABLE properties(
            name TEXT NOT NULL PRIMARY KEY,
            value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE changes(
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            kind INTEGER NOT NULL,
            subject INTEGER NOT NULL,
            app INTEGER NOT NULL,
            through INTEGER NOT NULL,
            expires INTEGER NOT NULL
        ) STRICT;

        -- The hot table. No index but its time-ordered key, small integers (`issued` counts from
        -- the second in the id, the other times from `issued`), and the claims last.
        CREATE TABLE sessions(
            id INTEGER PRIMARY KEY,
            app INTEGER NOT NULL,
            key INTEGER NOT NULL,
            issued INTEGER NOT NULL,
            auth_not_before INTEGER NOT NULL,
            auth_expires INTEGER NOT NULL,
            refresh_not_before INTEGER NOT NULL,
            refresh_expires INTEGER NOT NULL,
            tag INTEGER NOT NULL,
            subject INTEGER NOT NULL,
            claims BLOB NOT NULL
        ) STRICT;

        -- The index of sessions by subject, as far as marks.subjects_through (see SubjectMerger).
        CREATE TABLE subjects(
            app INTEGER NOT NULL,
            subject INTEGER NOT NULL,
            session INTEGER NOT NULL,
            PRIMARY KEY(app, subject, session)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE marks(
            name TEXT NOT NULL PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO marks VALUES('subjects_through', 0);
        """

    /// Renewal: NULL in a session that was never renewed. `renewed` is in Unix milliseconds,
    /// `replaced_expires` counts from `issued` like the other times. The index has no entry on the insert path.
    private static let schema2 = """
        ALTER TABLE sessions ADD COLUMN previous_tag INTEGER;
        ALTER TABLE sessions ADD COLUMN renewed INTEGER;
        ALTER TABLE sessions ADD COLUMN replaced_expires INTEGER;
        ALTER TABLE sessions ADD COLUMN successor BLOB;
        CREATE INDEX sessions_renewed ON sessions(id) WHERE renewed IS NOT NULL;
        """

    /// The index of renewed sessions goes by a column that only the first renewal sets: an index is
    /// written anew whenever a column of its condition is.
    private static let schema3 = """
        ALTER TABLE sessions ADD COLUMN was_renewed INTEGER;
        UPDATE sessions SET was_renewed = 1 WHERE renewed IS NOT NULL;
        DROP INDEX sessions_renewed;
        CREATE INDEX sessions_renewed ON sessions(id) WHERE was_renewed IS NOT NULL;
        """

    /// Users. NOCASE folds the letters of ASCII alone.
    private static let schema4 = """
        CREATE TABLE users(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            login TEXT NOT NULL COLLATE NOCASE UNIQUE,
            email TEXT NOT NULL COLLATE NOCASE UNIQUE,
            name TEXT NOT NULL,
            status INTEGER NOT NULL,
            role INTEGER NOT NULL,
            parent INTEGER REFERENCES users(id),
            password_hash BLOB,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            generation INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX users_by_parent ON users(parent) WHERE parent IS NOT NULL;
        """

    /// Named tokens, and keys that belong to a realm in place of an app: `keys` is made anew, since SQLite
    /// can't take a NOT NULL away.
    private static let schema5 = """
        CREATE TABLE named_tokens(
            number INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            description TEXT NOT NULL,
            issued INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            UNIQUE(user, description)
        ) STRICT;

        CREATE TABLE keys_of_all(
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id BLOB NOT NULL UNIQUE,
            app INTEGER REFERENCES apps(number) ON DELETE CASCADE,
            realm INTEGER,
            algorithm TEXT NOT NULL,
            sealed_private_key BLOB NOT NULL,
            public_key BLOB NOT NULL,
            phase INTEGER NOT NULL,
            created INTEGER NOT NULL,
            activated INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            CHECK((app IS NULL) <> (realm IS NULL))
        ) STRICT;
        INSERT INTO keys_of_all
            SELECT number, id, app, NULL, algorithm, sealed_private_key, public_key, phase,
                created, activated, expires
            FROM keys;
        -- Numbers of deleted keys are not used again either.
        DELETE FROM sqlite_sequence WHERE name = 'keys_of_all';
        INSERT INTO sqlite_sequence
            SELECT 'keys_of_all', seq FROM sqlite_sequence WHERE name = 'keys';
        DROP TABLE keys;
        ALTER TABLE keys_of_all RENAME TO keys;
        CREATE INDEX keys_by_app ON keys(app);
        CREATE UNIQUE INDEX keys_signing_for_realms ON keys(realm)
            WHERE realm IS NOT NULL AND phase = 1;
        """

    /// Sessions of users.
    private static let schema6 = """
        CREATE TABLE user_sessions(
            id BLOB PRIMARY KEY,
            realm INTEGER NOT NULL,
            user INTEGER REFERENCES users(id) ON DELETE CASCADE,
            app INTEGER REFERENCES apps(number) ON DELETE CASCADE,
            created INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            token_life INTEGER NOT NULL,
            address TEXT NOT NULL,
            user_agent TEXT NOT NULL,
            CHECK(user IS NOT NULL OR app IS NOT NULL)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX user_sessions_by_user ON user_sessions(user) WHERE user IS NOT NULL;
        CREATE INDEX user_sessions_by_app ON user_sessions(app) WHERE app IS NOT NULL;
        CREATE INDEX user_sessions_by_expiry ON user_sessions(expires);
        """

    /// API tokens, and the sessions that are begun by them.
    private static let schema7 = """
        CREATE TABLE api_tokens(
            number INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            key INTEGER NOT NULL,
            is_main INTEGER NOT NULL,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            permissions INTEGER NOT NULL,
            restrictions TEXT NOT NULL
        ) STRICT;
        CREATE INDEX api_tokens_by_user ON api_tokens(user);
        CREATE UNIQUE INDEX api_tokens_main ON api_tokens(user) WHERE is_main = 1;

        ALTER TABLE user_sessions
            ADD COLUMN api_token BLOB REFERENCES api_tokens(id) ON DELETE CASCADE;
        CREATE INDEX user_sessions_by_api_token ON user_sessions(api_token)
            WHERE api_token IS NOT NULL;
        """

    /// Mails that wait, and when the last one of each kind was sent.
    private static let schema8 = """
        CREATE TABLE mails(
            user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            kind INTEGER NOT NULL,
            asked INTEGER NOT NULL,
            due INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            sent INTEGER NOT NULL,
            waiting INTEGER NOT NULL,
            PRIMARY KEY(user, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX mails_due ON mails(due) WHERE waiting = 1;
        """

    /// The sessions of a user in each realm, oldest first.
    private static let schema9 = """
        DROP INDEX user_sessions_by_user;
        CREATE INDEX user_sessions_by_user ON user_sessions(user, realm) WHERE user IS NOT NULL;
        """

    /// The subject index in runs (see SubjectMerger). Run 0 has what was in no batch.
    private static let schema10 = """
        CREATE TABLE subject_runs(
            run INTEGER PRIMARY KEY,
            through INTEGER NOT NULL UNIQUE
        ) STRICT;
        INSERT INTO subject_runs VALUES(0, 0);
        INSERT INTO subject_runs
            SELECT 1, value FROM marks WHERE name = 'subjects_through' AND value > 0;
        ALTER TABLE subjects RENAME TO old_subjects;
        CREATE TABLE subjects(
            run INTEGER NOT NULL,
            app INTEGER NOT NULL,
            subject INTEGER NOT NULL,
            session INTEGER NOT NULL,
            PRIMARY KEY(run, app, subject, session)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO subjects
            SELECT session <= value, app, subject, session
            FROM old_subjects CROSS JOIN marks ON name = 'subjects_through';
        DROP TABLE old_subjects;
        """

    /// Refuses a file that is not ours or newer than this Signet, without changing it.
    static func refuseForeign(_ connection: Connection) throws(StoreError) {
        let application = try connection.integer("PRAGMA application_id")
        let version = try version(connection)
        if application == applicationID {
            guard version <= current else {
                throw StoreError(.newerSchema(found: version, known: current))
            }
            return
        }
        let tables = try connection.integer("SELECT count(*) FROM sqlite_schema")
        guard application == 0, version == 0, tables == 0 else { throw StoreError(.notSignet) }
    }

    /// The schema of a database; 0 for an empty one.
    static func version(_ connection: Connection) throws(StoreError) -> Int64 {
        try connection.integer("PRAGMA user_version")
    }

    /// Brings the database to the current schema, in one transaction.
    static func run(_ connection: Connection) throws(StoreError) {
        try connection.execute("BEGIN IMMEDIATE")
        do throws(StoreError) {
            // Asked again under the write lock: another process may have been here meanwhile.
            try refuseForeign(connection)
            let version = try version(connection)
            if version < current {
                for step in steps[Int(version)...] { try connection.execute(step) }
                try connection.execute("PRAGMA application_id = \(applicationID)")
                try connection.execute("PRAGMA user_version = \(current)")
            }
            try connection.execute("COMMIT")
        } catch {
            connection.rollback()
            throw error
        }
    }
}
