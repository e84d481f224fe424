internal import SignetCounts
internal import Synchronization

/// Something to be written, and how to tell that it is done.
struct WriteRequest: Sendable {
    enum Work: Sendable {
        case sessions(SessionBatch)
        case mutations([Mutation])
        case maintenance
        case close
    }

    let work: Work
    /// When that was, by the monotonic clock.
    let queuedAt = MonotonicClock.nanoseconds
    /// Resumed with nil when the work is durable.
    let done: UnsafeContinuation<StoreError?, Never>

    /// How many sessions of apps and other changes it writes.
    var size: Int {
        switch work {
        case .sessions(let batch): batch.count
        case .mutations(let mutations): mutations.count
        case .maintenance, .close: 0
        }
    }

    /// Of how many calls it is: those of a round go together.
    var callCount: Int {
        if case .sessions(let batch) = work { batch.count } else { 1 }
    }
}

/// What the writer has done since it was opened; for tests and metrics. Read from any thread.
final class WriterCounters: Sendable {
    /// Transactions committed, of any kind.
    let commits = Atomic<Int>(0)
    /// Sessions of apps made, renewed and ended in them.
    let sessionRows = Atomic<Int>(0)
    /// Attempts that failed.
    let failedCommits = Atomic<Int>(0)
    /// How long writes took, from when they were queued; noted by the writer's thread.
    let times = Histogram.durations()
    /// What one commit wrote.
    let sizes = Histogram.sizes()
}

/// The write side of the store: makes one transaction of everything that is waiting.
///
/// `@unchecked Sendable`: made on the opening thread, and then used by the writer's thread only.
final class GroupCommitter: @unchecked Sendable {
    /// The log is copied into the database when it has so many pages (4 KiB each).
    private static let checkpointPages: Int32 = {
        #if DEBUG
            if let pages = FaultPoint.checkpointPages { return pages }
        #endif
        return 4_000
    }()

    private let connection: Connection
    private let counters: WriterCounters
    private let clock: @Sendable () -> Int64
    private let answering: @Sendable (() -> Void) -> Void
    private let begin: Statement
    private let end: Statement
    private let sessions: SessionWriter
    private let mutations: MutationWriter
    private let merger: SubjectMerger
    private let sweep: ExpirySweep
    /// The subject entries of the current transaction, for the tail. Kept for its memory.
    private var newEntries: [SubjectEntry] = []
    private var insertedSinceSweep = 0
    /// The Unix second of the last step of the sweep.
    private var lastSweepStep: Int64 = .min
    private let logPages: UnsafeMutablePointer<Int32>

    init(
        on connection: Connection, tail: SubjectTail?, counters: WriterCounters,
        clock: @escaping @Sendable () -> Int64,
        answering: @escaping @Sendable (() -> Void) -> Void = { $0() }
    ) throws(StoreError) {
        self.connection = connection
        self.counters = counters
        self.clock = clock
        self.answering = answering
        // IMMEDIATE: waits for another process's write lock here, where nothing is lost by failing.
        begin = try Statement("BEGIN IMMEDIATE", on: connection)
        end = try Statement("COMMIT", on: connection)
        merger = try SubjectMerger(tail: tail, on: connection)
        sessions = try SessionWriter(on: connection, subjects: merger)
        mutations = MutationWriter(on: connection)
        sweep = try ExpirySweep(on: connection)
        logPages = .allocate(capacity: 1)
        logPages.initialize(to: 0)
        connection.reportLogPages(to: logPages)
    }

    deinit {
        connection.stopReportingLogPages()
        logPages.deallocate()
    }

    /// Commits a group and tells everybody in it. If what one of them wrote is at fault, each gets
    /// a transaction of its own, so that only that one fails; if the disk is, all of them fail.
    func commit(_ group: [WriteRequest]) {
        do throws(StoreError) {
            try transaction(group[...])
            #if DEBUG
                FaultPoint.afterCommit.pass()
            #endif
            // Whoever is resumed may use a batch again.
            note(group)
            answering { for request in group { request.done.resume(returning: nil) } }
            #if DEBUG
                FaultPoint.afterAnswers.pass()
            #endif
        } catch {
            if error.isOfTheWriter && group.count > 1 {
                for request in group { commit([request]) }
            } else {
                for request in group { request.done.resume(returning: error) }
            }
        }
        checkpointIfLong()
    }

    private func note(_ group: [WriteRequest]) {
        let now = MonotonicClock.nanoseconds
        var size = 0
        for request in group {
            counters.times.note(now - request.queuedAt, times: request.callCount)
            size += request.size
        }
        counters.sizes.note(Int64(size))
    }

    /// True when `idle` has something to do.
    var hasIdleWork: Bool { merger.hasWork || sweep.isDue(now: clock()) }

    /// True when the sweep must not wait for an idle moment any longer: it looks at two rows for
    /// each new one, and takes a step each second, so that it keeps up under any load.
    var sweepIsUrgent: Bool {
        let now = clock()
        guard sweep.isDue(now: now) else { return false }
        return insertedSinceSweep >= Int(ExpirySweep.stepRows) / 2 || now != lastSweepStep
    }

    /// Does one step of what can wait: a slice of the subject index, or a step of the sweep. Its
    /// errors are nobody's: it is tried again.
    ///
    /// - Returns: false when it failed, so that the next attempt can wait.
    func idle() -> Bool {
        do throws(StoreError) {
            if merger.hasWork && !sweepIsUrgent {
                try transaction([], sliceRows: SubjectMerger.idleSliceRows)
            } else {
                try sweepStep()
            }
        } catch {
            return false
        }
        checkpointIfLong()
        return true
    }

    /// Does a whole pass of the sweep and merges the whole batch.
    func maintain() throws(StoreError) {
        while merger.hasWork {
            try transaction([], sliceRows: SubjectMerger.idleSliceRows)
        }
        try sweep.begin(now: clock())
        while sweep.isWalking {
            try sweepStep()
            checkpointIfLong()
        }
    }

    private func transaction(
        _ group: ArraySlice<WriteRequest>, sliceRows: Int = 0
    ) throws(StoreError) {
        newEntries.removeAll(keepingCapacity: true)
        do throws(StoreError) {
            try begin.run()
            var inserted = 0
            var rows = 0
            for request in group {
                switch request.work {
                case .sessions(let batch):
                    inserted += try write(batch)
                    rows += batch.count
                case .mutations(let mutations): try write(mutations)
                case .maintenance, .close: break
                }
            }
            // A little faster than sessions come in, so a batch is merged before the next is full.
            let slice = sliceRows + (inserted == 0 ? 0 : inserted + inserted / 4 + 16)
            try merger.mergeSlice(rows: slice)
            #if DEBUG
                FaultPoint.beforeCommit.pass()
            #endif
            try end.run()
            insertedSinceSweep += inserted
            counters.sessionRows.add(rows, ordering: .relaxed)
        } catch {
            connection.rollback()
            merger.didRollBack()
            counters.failedCommits.add(1, ordering: .relaxed)
            throw error
        }
        counters.commits.add(1, ordering: .relaxed)
        merger.didCommit(newEntries)
    }

    /// - Returns: the number of new sessions.
    private func write(_ batch: SessionBatch) throws(StoreError) -> Int {
        batch.willCommit()
        var inserted = 0
        for index in batch.entries.indices {
            let entry = batch.entries[index]
            switch entry.operation {
            case .insert:
                try insert(entry, of: batch)
                inserted += 1
            case .renew:
                if try renew(entry, of: batch) {
                    sweep.sessionExpires(entry.lastExpires)
                } else {
                    batch.didLose(index)
                }
            case .end:
                let mutation = Mutation.endSession(
                    id: entry.id, app: entry.app, expires: entry.refreshExpires)
                try sessions.delete(entry.id)
                if let change = mutation.change(sequence: 0) { try sessions.log(change) }
            }
        }
        return inserted
    }

    private func renew(
        _ entry: SessionBatch.Entry, of batch: SessionBatch
    ) throws(StoreError) -> Bool {
        try withBytes(of: batch) { bytes throws(StoreError) in
            try sessions.renew(entry, bytes: bytes)
        }
    }

    private func insert(
        _ entry: SessionBatch.Entry, of batch: SessionBatch
    ) throws(StoreError) {
        try withBytes(of: batch) { bytes throws(StoreError) in
            try sessions.insert(entry, claims: bytes)
        }
        sweep.sessionExpires(entry.lastExpires)
        let indexed = SubjectEntry(
            app: entry.app, subject: Int64(bitPattern: entry.subject), session: entry.id)
        if merger.isCovered(entry.id) {
            try merger.insert(indexed)
        } else {
            newEntries.append(indexed)
        }
    }

    private func withBytes<Value>(
        of batch: SessionBatch, _ body: (UnsafeRawBufferPointer) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let claims = batch.claims
        return try claims.span.bytes.withUnsafeBytes { bytes throws(StoreError) in
            try body(bytes)
        }
    }

    private func write(_ list: [Mutation]) throws(StoreError) {
        for mutation in list {
            switch try mutations.apply(mutation) {
            case .nothing: break
            case .session(let id): try sessions.delete(id)
            case .ended(let rows):
                let now = clock()
                for row in rows { try log(row.end(at: now)) }
            }
            // The sequence is the table's to give.
            if let change = mutation.change(sequence: 0) { try log(change) }
            switch mutation {
            case .deleteApp, .endSessions, .endSubject: sweep.lookSoon()
            case .insertUserSession(let session): sweep.sessionExpires(session.expires)
            default: break
            }
        }
    }

    private func log(_ change: ChangeRow) throws(StoreError) {
        try sessions.log(change)
        sweep.changeWasLogged()
    }

    private func sweepStep() throws(StoreError) {
        let now = clock()
        insertedSinceSweep = 0
        lastSweepStep = now
        do throws(StoreError) {
            try begin.run()
            try sweep.step(now: now, writer: sessions)
            if !sweep.isWalking { try merger.forgetSpentRuns() }
            try end.run()
        } catch {
            connection.rollback()
            sweep.didRollBack()
            merger.didRollBack()
            throw error
        }
        counters.commits.add(1, ordering: .relaxed)
        merger.didCommit([])
    }

    /// Not within COMMIT, where SQLite would do it: the answers have gone out by now.
    private func checkpointIfLong() {
        guard logPages.pointee >= Self.checkpointPages else { return }
        #if DEBUG
            FaultPoint.beforeCheckpoint.pass()
        #endif
        // If readers held it up, or the disk did, the next commit sets the count and it is tried
        // again.
        connection.checkpoint()
        #if DEBUG
            FaultPoint.afterCheckpoint.pass()
        #endif
        logPages.pointee = 0
    }
}
