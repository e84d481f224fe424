/// Looks for damage in the whole database of a data folder, while others may work on it. It changes
/// nothing, so that what is left of a damaged one stays as it is. Used by one thread at a time.
///
/// `@unchecked Sendable`: it is made by one thread, which hands it to another and waits for that one.
package final class DatabaseCheck: @unchecked Sendable {
    private let connection: Connection
    /// The schema that the database has.
    package let schema: Int64
    /// The bytes of the database without its log.
    package let byteCount: Int64

    /// Opens the database of a folder.
    ///
    /// Throws as the start of a server does when it can't be opened at all.
    package init(folder: String) throws(StoreError) {
        try StartCheck.files(of: folder)
        connection = try Connection(path: "\(folder)/signet.db", isReadOnly: true)
        try Migrations.refuseForeign(connection)
        // Everything as of one moment.
        try connection.execute("BEGIN")
        schema = try Migrations.version(connection)
        byteCount =
            try connection.integer("PRAGMA page_count") * connection.integer("PRAGMA page_size")
    }

    /// Whether this Signet knows the rules of the schema. An earlier one is brought to the current at
    /// the next start.
    package var isCurrent: Bool { schema == Migrations.current }

    /// What SQLite finds wrong: pages, the order of keys, indexes, types. Reads every page.
    package func pageFaults() throws(StoreError) -> [String] { try connection.faults() }

    /// What goes against rules that span tables. Of a current schema.
    package func ruleFaults() throws(StoreError) -> [String] {
        var faults = try schemaFaults()
        guard faults.isEmpty else { return faults }
        for rule in Self.rules {
            let count = try connection.integer(rule.countOfFaults)
            if count > 0 { faults.append("\(count) \(rule.fault)") }
        }
        return faults
    }

    /// The small tables, for who knows what is in them. Of a current schema.
    package func contents() throws(StoreError) -> StoreContents {
        try SessionReader(on: connection, tail: nil).load()
    }

    /// How many sessions there are, those of users with them.
    package func sessionCount() throws(StoreError) -> Int64 {
        try connection.integer("SELECT count(*) FROM sessions")
            + connection.integer("SELECT count(*) FROM user_sessions")
    }

    /// How many users there are.
    package func userCount() throws(StoreError) -> Int64 {
        try connection.integer("SELECT count(*) FROM users")
    }

    /// Tables and indexes that are missing or others than a new database has.
    private func schemaFaults() throws(StoreError) -> [String] {
        // By columns rather than by the text of CREATE, which ALTER writes as each SQLite likes.
        let query = """
            SELECT 'table ' || name || ' ' || (
                SELECT group_concat(columns.name || columns.type || columns."notnull" || columns.pk)
                FROM pragma_table_xinfo(tables.name) AS columns)
            FROM sqlite_schema AS tables WHERE type = 'table' AND name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'
            UNION ALL
            SELECT 'index ' || name || ' ' || tbl_name || (
                SELECT group_concat(coalesce(parts.name, '') || parts.desc || parts.coll || parts.key)
                FROM pragma_index_xinfo(indexes.name) AS parts)
            FROM sqlite_schema AS indexes WHERE type = 'index'
            UNION ALL
            SELECT type || ' ' || name || ' ' FROM sqlite_schema WHERE type NOT IN ('table', 'index')
            """
        let model = try Connection(path: ":memory:")
        try Migrations.run(model)
        let wanted = Set(try model.texts(query))
        let found = Set(try connection.texts(query))
        func name(_ text: String) -> String {
            text.split(separator: " ").prefix(2).joined(separator: " ")
        }
        return wanted.subtracting(found).map { "\(name($0)) is missing or changed" }.sorted()
            + found.subtracting(wanted).map { "\(name($0)) does not belong here" }.sorted()
    }

    /// A rule that the tables keep, and the number of rows that break it.
    private struct Rule {
        let fault: String
        let countOfFaults: String
    }

    private static let rules = [
        Rule(
            fault: "rows refer to rows that are not there",
            countOfFaults: "SELECT count(*) FROM pragma_foreign_key_check"),
        Rule(
            fault: "marks are missing",
            countOfFaults: """
                SELECT NOT EXISTS(SELECT 1 FROM marks WHERE name = 'subjects_through')
                """),
        // See SubjectMerger.
        Rule(
            fault: "sessions are not in the index of subjects",
            countOfFaults: """
                SELECT count(*) FROM sessions AS s
                WHERE id <= (SELECT value FROM marks WHERE name = 'subjects_through')
                    AND NOT EXISTS(
                        SELECT 1 FROM subjects WHERE run = 0
                            AND app = s.app AND subject = s.subject AND session = s.id)
                    AND NOT EXISTS(
                        SELECT 1 FROM subjects
                        WHERE run = (
                                SELECT run FROM subject_runs WHERE through >= s.id
                                ORDER BY through LIMIT 1)
                            AND app = s.app AND subject = s.subject AND session = s.id)
                """),
        counter("apps", "number"), counter("keys", "number"), counter("users", "id"),
        counter("changes", "sequence"),
    ]

    /// A number is never used twice.
    private static func counter(_ table: String, _ column: String) -> Rule {
        Rule(
            fault: "rows of \(table) have numbers that are still to be given",
            countOfFaults: """
                SELECT count(*) FROM \(table) WHERE \(column) > coalesce(
                    (SELECT seq FROM sqlite_sequence WHERE name = '\(table)'), 0)
                """)
    }
}
