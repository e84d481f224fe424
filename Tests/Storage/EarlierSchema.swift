@testable import SignetStorage

extension TemporaryFolder {
    /// Takes the database of a closed store back to an earlier schema, with the rows that fit into it.
    func goBack(toSchema schema: Int) throws {
        for later in stride(from: Int(Migrations.current), to: schema, by: -1) {
            for statement in Self.undoing[later] ?? [] { _ = try sql(statement) }
        }
        _ = try sql("PRAGMA user_version = \(schema)")
    }

    /// What undoes the step that led to a schema. Tables are written out as they were: those of the
    /// migrations would follow a mistake in them.
    private static let undoing: [Int: [String]] = [
        10: [
            "DROP TABLE subject_runs",
            "ALTER TABLE subjects RENAME TO new_subjects",
            """
            CREATE TABLE subjects(
                app INTEGER NOT NULL,
                subject INTEGER NOT NULL,
                session INTEGER NOT NULL,
                PRIMARY KEY(app, subject, session)
            ) STRICT, WITHOUT ROWID
            """,
            "INSERT OR IGNORE INTO subjects SELECT app, subject, session FROM new_subjects",
            "DROP TABLE new_subjects",
        ],
        9: [
            "DROP INDEX user_sessions_by_user",
            "CREATE INDEX user_sessions_by_user ON user_sessions(user) WHERE user IS NOT NULL",
        ],
        8: ["DROP TABLE mails"],
        7: [
            "DROP INDEX user_sessions_by_api_token",
            "ALTER TABLE user_sessions DROP COLUMN api_token", "DROP TABLE api_tokens",
        ],
        6: ["DROP TABLE user_sessions"],
        5: [
            "DROP TABLE named_tokens",
            "ALTER TABLE keys RENAME TO new_keys",
            """
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
            ) STRICT
            """,
            """
            INSERT INTO keys SELECT number, id, app, algorithm, sealed_private_key, public_key,
                phase, created, activated, expires FROM new_keys WHERE app IS NOT NULL
            """,
            """
            UPDATE sqlite_sequence
            SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'new_keys') WHERE name = 'keys'
            """,
            "DROP TABLE new_keys", "CREATE INDEX keys_by_app ON keys(app)",
        ],
        4: ["DROP TABLE users"],
        3: [
            "DROP INDEX sessions_renewed", "ALTER TABLE sessions DROP COLUMN was_renewed",
            "CREATE INDEX sessions_renewed ON sessions(id) WHERE renewed IS NOT NULL",
        ],
    ]
}
