/// What was ended by the many, so that the rows can be told that are to go.
struct EndedSessions: Sendable {
    private struct Subject: Hashable {
        let app: Int64
        let subject: Int64
    }

    private let apps: Set<Int64>
    /// An app with a higher number came later: it is not missing from `apps`.
    private let lastApp: Int64
    private var throughByApp: [Int64: Int64] = [:]
    private var throughBySubject: [Subject: Int64] = [:]

    /// - Parameters:
    ///   - apps: the numbers of the apps that exist.
    ///   - lastApp: the highest number that an app had had when `apps` began to be collected.
    init(apps: Set<Int64> = [], lastApp: Int64 = 0) {
        self.apps = apps
        self.lastApp = lastApp
    }

    /// Takes in a line of the change log.
    mutating func apply(_ change: ChangeRow) {
        switch change.kind {
        case .appSessionsEnded:
            throughByApp[change.app] = max(throughByApp[change.app] ?? 0, change.through)
        case .subjectSessionsEnded:
            let key = Subject(app: change.app, subject: change.subject)
            throughBySubject[key] = max(throughBySubject[key] ?? 0, change.through)
        default:
            break
        }
    }

    /// True when the session was ended with others, or its app was deleted.
    func contains(session: Int64, app: Int64, subject: Int64) -> Bool {
        if app <= lastApp && !apps.contains(app) { return true }
        if let through = throughByApp[app], session <= through { return true }
        if throughBySubject.isEmpty { return false }
        guard let through = throughBySubject[Subject(app: app, subject: subject)] else {
            return false
        }
        return session <= through
    }
}

extension EndedSessions {
    /// Reads what was ended from the database.
    init(on connection: Connection) throws(StoreError) {
        // Asked before the apps: one that another process adds in between counts as existing.
        let lastApp = try connection.integer(
            "SELECT seq FROM sqlite_sequence WHERE name = 'apps'")
        var numbers: Set<Int64> = []
        let apps = try Statement("SELECT number FROM apps", on: connection)
        while try apps.step() { numbers.insert(apps.integer(0)) }
        self.init(apps: numbers, lastApp: lastApp)
        let changes = try Statement(
            """
            SELECT sequence, kind, subject, app, through, expires FROM changes
            WHERE kind IN (\(ChangeKind.appSessionsEnded.rawValue),
                \(ChangeKind.subjectSessionsEnded.rawValue))
            """, on: connection)
        while try changes.step() {
            guard let kind = ChangeKind(rawValue: changes.integer(1)) else { continue }
            apply(
                ChangeRow(
                    sequence: changes.integer(0), kind: kind, subject: changes.integer(2),
                    app: changes.integer(3), through: changes.integer(4),
                    expires: changes.integer(5)))
        }
    }
}
