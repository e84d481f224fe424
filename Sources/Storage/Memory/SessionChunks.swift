/// Sessions in memory, in chunks in the order of their ids: adding one never moves many others, and
/// what has expired goes a chunk at a time.
struct SessionChunks: Sendable {
    /// Never empty chunks, in the order of their ids.
    private var chunks: [SessionChunk] = []
    /// Which chunk `dropSome` looks at next.
    private var nextToDrop = 0

    /// The highest id, also of an ended session; 0 if there is none.
    var newest: Int64 { chunks.last?.entries.last?.id ?? 0 }

    /// The number of sessions kept, ended ones too.
    var count: Int { chunks.reduce(0) { $0 + $1.entries.count } }

    /// True when there is a session with this id.
    func contains(_ id: Int64) -> Bool {
        guard let (chunk, row) = place(of: id) else { return false }
        return chunks[chunk].entries[row].operation != .end
    }

    /// True when the batch inserts a session that exists, or one session twice.
    func conflicts(with batch: SessionBatch) -> Bool {
        var isRising = true
        var last: Int64 = .min
        let newest = newest
        for entry in batch.entries where entry.operation == .insert {
            if entry.id <= newest, contains(entry.id) { return true }
            isRising = isRising && entry.id > last
            last = entry.id
        }
        if isRising { return false }
        let ids = batch.entries.lazy.filter { $0.operation == .insert }.map(\.id)
        return Set(ids).count != ids.count
    }

    /// The session with this id.
    func row(_ id: Int64) -> SessionRow? {
        guard let (chunk, row) = place(of: id) else { return nil }
        return chunks[chunk].row(row)
    }

    /// Every session that has not ended, oldest first, for which `isWanted` is true.
    func rows(where isWanted: (SessionBatch.Entry) -> Bool) -> [SessionRow] {
        chunks.flatMap { chunk in
            chunk.entries.indices.compactMap { isWanted(chunk.entries[$0]) ? chunk.row($0) : nil }
        }
    }

    /// How many sessions of the chunk that comes after `id` are neither over nor ended, and the chunk's last id; nil
    /// when there are none after it, or they are all after `last`.
    ///
    /// - Parameter now: the Unix second.
    func countLive(
        after id: Int64, through last: Int64, at now: Int64
    ) -> (count: Int, last: Int64)? {
        // Or the cursor stands within it, if a chunk was filled or dropped meanwhile.
        let index = chunks.firstIndex { ($0.entries.last?.id ?? .min) > id }
        guard id < last, let index, let end = chunks[index].entries.last?.id else { return nil }
        let count = chunks[index].entries.count { entry in
            entry.id > id && entry.operation != .end
                && max(entry.authExpires, entry.refreshExpires) > now
        }
        return (count, end)
    }

    /// The sessions that were renewed.
    var renewedSessions: [RenewedSession] { chunks.flatMap(\.renewedSessions) }

    /// Adds a session that does not exist yet.
    ///
    /// - Parameters:
    ///   - claims: the buffer that the entry's range is of.
    ///   - now: the Unix second, for dropping what has expired meanwhile.
    mutating func insert(_ entry: SessionBatch.Entry, claims: [UInt8], now: Int64) {
        if chunks.isEmpty || entry.id > newest && chunks[chunks.count - 1].isFull {
            dropSome(now: now)
            var chunk = SessionChunk(claimsBytes: entry.claims.count)
            chunk.insert(entry, claims: claims[entry.claims])
            chunks.append(chunk)
            return
        }
        let index = max(0, chunkIndex(for: entry.id))
        chunks[index].insert(entry, claims: claims[entry.claims])
    }

    /// Gives a session its new tokens, if it is there with the tag that they replace.
    mutating func renew(_ renewal: SessionBatch.Entry, bytes: [UInt8]) -> Bool {
        guard let (chunk, row) = place(of: renewal.id) else { return false }
        return chunks[chunk].renew(row, renewal, bytes: bytes)
    }

    /// Ends a session, if it is there.
    mutating func end(_ id: Int64) {
        guard let (chunk, row) = place(of: id) else { return }
        chunks[chunk].entries[row].operation = .end
    }

    /// Drops every session that has expired, was ended, or is `unwanted`.
    mutating func dropAll(now: Int64, unwanted: (SessionBatch.Entry) -> Bool) {
        for index in chunks.indices {
            chunks[index].drop { entry in
                entry.operation == .end || entry.lastExpires < now || unwanted(entry)
            }
        }
        chunks.removeAll { $0.entries.isEmpty }
        nextToDrop = 0
    }

    /// Looks at the oldest chunk and a few others, and drops those that have expired whole. Called
    /// once per chunk that is added, so it keeps up, and no call takes long.
    private mutating func dropSome(now: Int64) {
        if let first = chunks.first, first.lastExpiry < now { chunks.removeFirst() }
        for _ in 0..<min(4, chunks.count) {
            if nextToDrop >= chunks.count { nextToDrop = 0 }
            if chunks[nextToDrop].lastExpiry < now {
                chunks.remove(at: nextToDrop)
                if chunks.isEmpty { return }
            } else {
                nextToDrop += 1
            }
        }
    }

    private func place(of id: Int64) -> (chunk: Int, row: Int)? {
        let chunk = chunkIndex(for: id)
        guard chunk >= 0 else { return nil }
        let row = chunks[chunk].firstRow(notBelow: id)
        guard row < chunks[chunk].entries.count, chunks[chunk].entries[row].id == id else {
            return nil
        }
        return (chunk, row)
    }

    /// The last chunk that begins at or below `id`; -1 if all begin above.
    private func chunkIndex(for id: Int64) -> Int {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].entries[0].id <= id { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}
