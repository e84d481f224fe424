/// A run of sessions in memory, in the order of their ids.
struct SessionChunk: Sendable {
    /// How many sessions make a chunk full. Stragglers may make it a little longer.
    static let rowsMax = 1_024

    /// In the order of their ids. An ended session stays as an `end` entry.
    var entries: [SessionBatch.Entry] = []
    /// When the last of the sessions expires (Unix seconds).
    private(set) var lastExpiry: Int64 = .min
    private var claims: [UInt8] = []
    /// Claims and renewals of the sessions that were renewed, by id.
    private var renewed: [Int64: Renewed] = [:]

    private struct Renewed {
        let claims: [UInt8]
        let renewal: SessionRenewal
    }

    /// Makes an empty chunk with room for sessions with claims of about this size.
    init(claimsBytes: Int) {
        entries.reserveCapacity(Self.rowsMax)
        claims.reserveCapacity(Self.rowsMax * claimsBytes)
    }

    /// True when the next session belongs into a new chunk.
    var isFull: Bool { entries.count >= Self.rowsMax }

    /// The index of the first session whose id is `id` or more; the count if there is none.
    func firstRow(notBelow id: Int64) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The session at an index; nil when it has ended.
    func row(_ index: Int) -> SessionRow? {
        let entry = entries[index]
        guard entry.operation != .end else { return nil }
        return SessionRow(
            id: entry.id, tag: entry.tag, app: entry.app, key: entry.key, subject: entry.subject,
            issued: entry.issued, authNotBefore: entry.authNotBefore,
            authExpires: entry.authExpires, refreshNotBefore: entry.refreshNotBefore,
            refreshExpires: entry.refreshExpires,
            claims: renewed[entry.id]?.claims ?? Array(claims[entry.claims]),
            renewal: renewed[entry.id]?.renewal)
    }

    /// Adds a session whose claims are `bytes`.
    mutating func insert(_ entry: SessionBatch.Entry, claims bytes: ArraySlice<UInt8>) {
        var entry = entry
        let start = claims.count
        claims.append(contentsOf: bytes)
        entry.claims = start..<claims.count
        lastExpiry = max(lastExpiry, entry.lastExpires)

        let row = firstRow(notBelow: entry.id)
        if row < entries.count, entries[row].id == entry.id {
            // An ended session of this id: its place is free.
            entries[row] = entry
        } else {
            entries.insert(entry, at: row)
        }
    }

    /// Gives the session at an index its new tokens, if it has the tag that they replace.
    ///
    /// - Parameter bytes: the batch's buffer, with claims and successor.
    mutating func renew(_ row: Int, _ renewal: SessionBatch.Entry, bytes: [UInt8]) -> Bool {
        guard entries[row].operation != .end, entries[row].tag == renewal.previousTag else {
            return false
        }
        let claims = entries[row].claims
        entries[row] = renewal
        entries[row].claims = claims
        renewed[renewal.id] = Renewed(
            claims: Array(bytes[renewal.claims]),
            renewal: SessionRenewal(
                previousTag: renewal.previousTag, at: renewal.renewed,
                replacedExpires: renewal.replacedExpires,
                successor: Array(bytes[renewal.successor])))
        lastExpiry = max(lastExpiry, renewal.lastExpires)
        return true
    }

    /// The sessions that were renewed.
    var renewedSessions: [RenewedSession] {
        entries.compactMap { entry in
            guard entry.operation == .renew else { return nil }
            return RenewedSession(
                id: entry.id, tag: entry.tag, replacedExpires: entry.replacedExpires)
        }
    }

    /// Drops sessions, and the memory of their claims.
    mutating func drop(where isOver: (SessionBatch.Entry) -> Bool) {
        entries.removeAll { entry in
            let isGone = isOver(entry)
            if isGone { renewed[entry.id] = nil }
            return isGone
        }
        // Copied together, so that the claims of what went take no memory.
        var kept: [UInt8] = []
        for index in entries.indices {
            let start = kept.count
            kept.append(contentsOf: claims[entries[index].claims])
            entries[index].claims = start..<kept.count
        }
        claims = kept
        lastExpiry = entries.reduce(.min) { max($0, $1.lastExpires) }
    }
}
