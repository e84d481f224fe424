/// Moves the subject index from its tail in memory into its table. The writer's side of the index.
///
/// In a table ordered by subject an insert per new session would dirty a page each (5-10 times the
/// cost of the session itself), and so would a merge with a table that is much longer than the
/// batch. So the tail collects a batch, the batch is sorted, and becomes a **run** of its own: the
/// table is ordered by run and then by subject, so that new entries go to its end, however long it
/// is. A look-up asks each run. The batch goes in slice by slice, each slice within a transaction
/// that commits sessions anyway. With the last slice, the same transaction sets the watermark W to
/// the highest session id of the batch.
///
/// **What the watermark promises:** every committed session whose id is at most W, and that still
/// exists, is in the table. So after a crash the tail is rebuilt from the sessions above W alone.
///
/// **Why that holds** although ids come out of order (loops draw them before their rounds commit):
/// from the moment a batch is frozen, its highest id is `through`, the next W. Take a session with
/// id ≤ `through` when W is set to it. If it was committed before the freeze, it was in the table,
/// or in the tail, and the whole tail became the batch, whose slices are all in now. If it was
/// committed after the freeze, `isCovered` was true, and its entry went into the table in its own
/// transaction, without the tail. And whoever is not the server never has a tail: its sessions go
/// into the table at once, whatever their id. A clock that jumps makes more sessions take the
/// direct way, which is slower and just as right.
///
/// **In which run a session's entry is:** in run 0 if it went the direct way, else in the first run
/// whose `through` is not below its id, for a batch has no id that an earlier one covered. After a
/// crash in the middle of a batch it may be in both.
///
/// **Deleted sessions:** who deletes a session removes its entry, or, while that waits in memory, has
/// it left out. Write transactions come one after the other, so no entry outlives its session; but one
/// that waits in the server's memory while a visitor deletes its session does, until its run is
/// forgotten. A look-up takes no notice of it.
final class SubjectMerger {
    /// The rows of a slice that is merged while there is nothing else to do.
    static let idleSliceRows = 256

    /// The run of the entries that were in no batch.
    private static let directRun: Int64 = 0

    private let tail: SubjectTail?
    private let insert: Statement
    private let delete: Statement
    private let register: Statement
    private let mark: Statement
    private let spent: Statement
    private let forget: Statement
    private let clear: Statement
    /// The highest session of the runs that are complete.
    private var watermark: Int64
    /// The next watermark: every session up to it belongs into the table rather than into the tail.
    private var through: Int64
    private var batch: [SubjectEntry] = []
    /// The run that the batch becomes.
    private var run: Int64
    /// How much of the batch is in the table, as far as it has been committed.
    private var merged = 0
    /// How much of it will be, once the transaction is committed.
    private var mergedWithTransaction = 0
    /// Deleted sessions whose entries may still wait in memory, and those of this transaction.
    private var gone: Set<Int64> = []
    private var goneWithTransaction: Set<Int64> = []

    /// - Parameter tail: nil for a visitor, whose sessions go straight into the table.
    init(tail: SubjectTail?, on connection: Connection) throws(StoreError) {
        self.tail = tail
        // Or ignore: after a crash the first slices of a batch may be there already.
        insert = try Statement(
            "INSERT OR IGNORE INTO subjects VALUES(?1, ?2, ?3, ?4)", on: connection)
        delete = try Statement(
            """
            DELETE FROM subjects WHERE app = ?1 AND subject = ?2 AND session = ?3 AND run IN (
                \(Self.directRun),
                (SELECT run FROM subject_runs WHERE through >= ?3 ORDER BY through LIMIT 1))
            """, on: connection)
        register = try Statement(
            """
            INSERT INTO subject_runs VALUES(?1, ?2)
            ON CONFLICT(run) DO UPDATE SET through = excluded.through
            """, on: connection)
        mark = try Statement(
            "UPDATE marks SET value = ?1 WHERE name = 'subjects_through' AND value < ?1",
            on: connection)
        // Those that no session is in the range of, but for the one that may be growing.
        spent = try Statement(
            """
            SELECT run FROM subject_runs WHERE run <> \(Self.directRun)
                AND through <= (SELECT value FROM marks WHERE name = 'subjects_through')
                AND NOT EXISTS(
                    SELECT 1 FROM sessions WHERE id <= subject_runs.through AND id > (
                        SELECT max(through) FROM subject_runs lower
                        WHERE lower.through < subject_runs.through))
            """, on: connection)
        forget = try Statement("DELETE FROM subject_runs WHERE run = ?1", on: connection)
        clear = try Statement("DELETE FROM subjects WHERE run = ?1", on: connection)
        watermark = try connection.integer(
            "SELECT value FROM marks WHERE name = 'subjects_through'")
        through = watermark
        // One that a crash left half is gone on with, whichever were forgotten before it: its entries
        // are found by its number.
        run = try connection.integer(
            """
            SELECT coalesce(
                (SELECT run FROM subject_runs
                    WHERE through > (SELECT value FROM marks WHERE name = 'subjects_through')),
                (SELECT max(run) + 1 FROM subject_runs))
            """)
        try rebuildTail(on: connection)
    }

    /// True when a slice is waiting.
    var hasWork: Bool { merged < batch.count }

    /// True when the entry of this session must be inserted with it.
    func isCovered(_ session: Int64) -> Bool { tail == nil || session <= through }

    /// Puts one entry into the table, as part of the current transaction.
    func insert(_ entry: SubjectEntry) throws(StoreError) {
        try insert(entry, run: Self.directRun)
    }

    /// Removes the entry of a session that the current transaction deletes.
    func remove(_ entry: SubjectEntry) throws(StoreError) {
        if tail != nil, entry.session > watermark { goneWithTransaction.insert(entry.session) }
        try delete.bind(entry.app, at: 1)
        try delete.bind(entry.subject, at: 2)
        try delete.bind(entry.session, at: 3)
        try delete.run()
    }

    /// Forgets the runs of which no session is left, as part of the current transaction.
    func forgetSpentRuns() throws(StoreError) {
        var runs: [Int64] = []
        while try spent.step() { runs.append(spent.integer(0)) }
        for run in runs {
            try clear.bind(run, at: 1)
            try clear.run()
            try forget.bind(run, at: 1)
            try forget.run()
        }
    }

    /// Puts up to `rows` entries of the batch into the table, as part of the current transaction,
    /// which ends with `didCommit` or `didRollBack`.
    func mergeSlice(rows: Int) throws(StoreError) {
        guard hasWork else { return }
        if merged == 0 {
            try register.bind(run, at: 1)
            try register.bind(through, at: 2)
            try register.run()
        }
        let end = min(merged + rows, batch.count)
        for entry in batch[merged..<end] where !isGone(entry.session) {
            try insert(entry, run: run)
        }
        mergedWithTransaction = end
        if end == batch.count {
            try mark.bind(through, at: 1)
            try mark.run()
        }
    }

    /// Notes that the transaction was committed, with new sessions for the tail.
    func didCommit(_ new: [SubjectEntry]) {
        merged = mergedWithTransaction
        if !goneWithTransaction.isEmpty {
            gone.formUnion(goneWithTransaction)
            goneWithTransaction = []
        }
        guard let tail else { return }
        if !batch.isEmpty && !hasWork { endRun(tail) }
        if !new.isEmpty { tail.add(new) }
        freezeIfFull()
    }

    /// Notes that the transaction left no trace.
    func didRollBack() {
        mergedWithTransaction = merged
        goneWithTransaction = []
    }

    private func insert(_ entry: SubjectEntry, run: Int64) throws(StoreError) {
        try insert.bind(run, at: 1)
        try insert.bind(entry.app, at: 2)
        try insert.bind(entry.subject, at: 3)
        try insert.bind(entry.session, at: 4)
        try insert.run()
    }

    private func isGone(_ session: Int64) -> Bool {
        // Mostly nothing was deleted, and then nothing is looked up.
        (!gone.isEmpty && gone.contains(session))
            || (!goneWithTransaction.isEmpty && goneWithTransaction.contains(session))
    }

    private func endRun(_ tail: SubjectTail) {
        tail.dropFrozen()
        batch = []
        merged = 0
        mergedWithTransaction = 0
        run += 1
        watermark = through
        gone = gone.filter { $0 > watermark }
    }

    private func freezeIfFull() {
        guard let tail, batch.isEmpty, let frozen = tail.freeze() else { return }
        batch = frozen
        through = frozen.reduce(through) { max($0, $1.session) }
    }

    private func rebuildTail(on connection: Connection) throws(StoreError) {
        guard let tail else { return }
        let newer = try Statement(
            "SELECT app, subject, id FROM sessions WHERE id > ?1 ORDER BY id", on: connection)
        try newer.bind(through, at: 1)
        while try newer.step() {
            let entry = SubjectEntry(
                app: newer.integer(0), subject: newer.integer(1), session: newer.integer(2))
            tail.add(CollectionOfOne(entry))
        }
        freezeIfFull()
    }
}
