internal import Synchronization

/// One entry of the subject index, ordered as its table is.
struct SubjectEntry: Comparable, Sendable {
    let app: Int64
    /// The bits of the subject's hash: SQLite's integers are signed.
    let subject: Int64
    let session: Int64

    static func < (left: Self, right: Self) -> Bool {
        (left.app, left.subject, left.session) < (right.app, right.subject, right.session)
    }
}

/// The recent part of the subject index, which is not in its table yet. The writer adds to it and
/// takes from it, the reader looks things up; both through the lock.
///
/// New entries are sorted in runs, so that a look-up is a few binary searches and a short scan.
final class SubjectTail: Sendable {
    private struct State {
        var recent: [SubjectEntry] = []
        var runs: [[SubjectEntry]] = []
        var frozen: [SubjectEntry] = []
    }

    private let state = Mutex(State())
    /// How many entries are scanned rather than searched.
    private let runLength: Int
    /// How many entries make a batch for the table.
    private let batchLength: Int

    /// - Parameter batchLength: how many entries make a batch for the table; the tail never holds
    ///   much more than twice as many.
    init(batchLength: Int) {
        precondition(batchLength > 0)
        self.batchLength = batchLength
        runLength = min(batchLength, 4096)
    }

    /// The number of entries, frozen ones too.
    var count: Int {
        state.withLock { state in
            state.recent.count + state.runs.reduce(0) { $0 + $1.count } + state.frozen.count
        }
    }

    /// Adds the entries of sessions that have just been committed.
    func add(_ entries: some Collection<SubjectEntry>) {
        state.withLock { state in
            state.recent.append(contentsOf: entries)
            guard state.recent.count >= runLength else { return }
            state.runs.append(state.recent.sorted())
            state.recent.removeAll(keepingCapacity: true)
        }
    }

    /// Makes everything that has come in a frozen batch, if it is enough and the last batch is
    /// gone.
    ///
    /// - Returns: the batch in the order of the table; nil when it is not time yet.
    func freeze() -> [SubjectEntry]? {
        state.withLock { state in
            let waiting = state.runs.reduce(0) { $0 + $1.count }
            guard waiting >= batchLength, state.frozen.isEmpty else { return nil }
            // Recent entries go too: then whatever is left is newer than the batch, but for the
            // stragglers that `SubjectMerger` describes.
            state.runs.append(state.recent)
            state.recent.removeAll(keepingCapacity: true)
            state.frozen = Array(state.runs.joined())
            state.frozen.sort()
            state.runs.removeAll(keepingCapacity: true)
            return state.frozen
        }
    }

    /// Lets go of the frozen batch, once the table has it.
    func dropFrozen() {
        state.withLock { $0.frozen = [] }
    }

    /// The sessions of a subject, in no order, perhaps with some that are over.
    func sessions(app: Int64, subject: Int64) -> [Int64] {
        state.withLock { state in
            var found: [Int64] = []
            for entry in state.recent where entry.subject == subject && entry.app == app {
                found.append(entry.session)
            }
            for run in state.runs { Self.search(run, app, subject, into: &found) }
            Self.search(state.frozen, app, subject, into: &found)
            return found
        }
    }

    private static func search(
        _ run: [SubjectEntry], _ app: Int64, _ subject: Int64, into found: inout [Int64]
    ) {
        let first = SubjectEntry(app: app, subject: subject, session: .min)
        var low = 0
        var high = run.count
        while low < high {
            let middle = (low + high) / 2
            if run[middle] < first { low = middle + 1 } else { high = middle }
        }
        while low < run.count, run[low].app == app, run[low].subject == subject {
            found.append(run[low].session)
            low += 1
        }
    }
}
