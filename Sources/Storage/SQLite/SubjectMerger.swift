/// Moves the subject index from its tail in memory into its table. The writer's side of the index.
///
/// The table is ordered by subject, so an insert per new session would dirty a page each (5-10
/// times the cost of the session itself). The tail collects a batch instead, the batch is sorted,
/// and goes into the table slice by slice, each slice within a transaction that commits sessions
/// anyway. With the last slice, the same transaction sets the watermark W to the highest session id
/// of the batch.
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
/// **Deleted sessions:** a slice takes only entries whose session still exists, and who deletes a
/// session deletes its entry. Write transactions come one after the other, so no entry outlives
/// both.
final class SubjectMerger {
    /// The rows of a slice that is merged while there is nothing else to do.
    static let idleSliceRows = 256

    private let tail: SubjectTail?
    private let insert: Statement
    private let mark: Statement
    /// The next watermark: every session up to it belongs into the table rather than into the tail.
    private var through: Int64
    private var batch: [SubjectEntry] = []
    /// How much of the batch is in the table, as far as it has been committed.
    private var merged = 0
    /// How much of it will be, once the transaction is committed.
    private var mergedWithTransaction = 0

    /// - Parameter tail: nil for a visitor, whose sessions go straight into the table.
    init(tail: SubjectTail?, on connection: Connection) throws(StoreError) {
        self.tail = tail
        insert = try Statement(
            """
            INSERT OR IGNORE INTO subjects
            SELECT ?1, ?2, ?3 WHERE EXISTS(SELECT 1 FROM sessions WHERE id = ?3)
            """, on: connection)
        mark = try Statement(
            "UPDATE marks SET value = ?1 WHERE name = 'subjects_through' AND value < ?1",
            on: connection)
        through = try connection.integer(
            "SELECT value FROM marks WHERE name = 'subjects_through'")
        try rebuildTail(on: connection)
    }

    /// True when a slice is waiting.
    var hasWork: Bool { merged < batch.count }

    /// True when the entry of this session must be inserted with it.
    func isCovered(_ session: Int64) -> Bool { tail == nil || session <= through }

    /// Puts one entry into the table, as part of the current transaction.
    func insert(_ entry: SubjectEntry) throws(StoreError) {
        try insert.bind(entry.app, at: 1)
        try insert.bind(entry.subject, at: 2)
        try insert.bind(entry.session, at: 3)
        try insert.run()
    }

    /// Puts up to `rows` entries of the batch into the table, as part of the current transaction,
    /// which ends with `didCommit` or `didRollBack`.
    func mergeSlice(rows: Int) throws(StoreError) {
        mergedWithTransaction = merged
        guard hasWork else { return }
        let end = min(merged + rows, batch.count)
        for index in merged..<end { try insert(batch[index]) }
        mergedWithTransaction = end
        if end == batch.count {
            try mark.bind(through, at: 1)
            try mark.run()
        }
    }

    /// Notes that the transaction was committed, with new sessions for the tail.
    func didCommit(_ new: [SubjectEntry]) {
        merged = mergedWithTransaction
        guard let tail else { return }
        if !batch.isEmpty && !hasWork {
            tail.dropFrozen()
            batch = []
            merged = 0
            mergedWithTransaction = 0
        }
        if !new.isEmpty { tail.add(new) }
        freezeIfFull()
    }

    /// Notes that the transaction left no trace.
    func didRollBack() {
        mergedWithTransaction = merged
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
