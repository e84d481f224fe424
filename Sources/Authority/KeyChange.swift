internal import SignetStorage

/// A change of the keys of one app, as it is written: all of it or nothing.
struct KeyChange {
    let app: App
    var moves: [KeyRotation.Move] = []
    /// The numbers of keys that go.
    var drops: [Int64] = []
    /// A new key. It has a number once it is to be written.
    var added: KeyRow?
    /// Whether it counts as the app's last key rotation.
    var isRotation = false
    /// Every session up to this id ends with it.
    var endsSessionsThrough: Int64?

    init(of app: App) {
        self.app = app
    }

    /// When the last token that the change kills has expired, in Unix seconds: every token was signed
    /// by one of the keys.
    var lastExpiry: Int64 { moves.map(\.row.expires).max() ?? 0 }

    /// True when there is nothing to write.
    var isEmpty: Bool { moves.isEmpty && drops.isEmpty && added == nil }

    /// The keys as they are afterwards, as far as they are changed and stay.
    var rows: [KeyRow] { moves.map(\.row) + [added].compactMap(\.self) }

    /// What to write.
    ///
    /// - Parameter now: Unix milliseconds.
    func mutations(at now: Int64) -> [Mutation] {
        var mutations: [Mutation] = moves.map { .moveKey($0.row, from: $0.from) }
        if let added { mutations.append(.insertKey(added)) }
        mutations += drops.map { .deleteKey(number: $0) }
        if isRotation { mutations.append(.noteKeyRotation(app: app.number, at: now / 1000)) }
        if let endsSessionsThrough {
            mutations.append(
                .endSessions(app: app.number, through: endsSessionsThrough, expires: lastExpiry))
        }
        return mutations
    }
}
