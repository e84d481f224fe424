package import SignetCrypto
internal import SignetStorage

/// What is done to the signing keys of apps. Everything is stored first and published then; when a
/// function returns, every loop works by it.
extension Apps {
    /// Keys that one pass of `rotateDueKeys` makes at most.
    private static let keysMadePerPassMax = 64

    /// Something that became of a key by itself.
    package struct KeyNews: Sendable, Equatable {
        package enum Event: String, Sendable {
            case published
            case signs
            case dropped
        }

        package let event: Event
        package let appID: String
        package let keyID: String
    }

    /// What became of a key that was to be imported.
    package enum KeyImport: Sendable {
        /// It signs now.
        case imported(RealmKey)
        /// The app has a key of the same numbers already: this one.
        case known(RealmKey)
        /// Another key has its id.
        case idIsTaken
    }

    /// Does what is due with the keys of all apps: publishes next keys, has them take over, drops
    /// those whose last token has expired. To be called about once a second, by one process of those
    /// on a store. When it throws, nothing has changed, and the next call tries again.
    ///
    /// - Parameter now: Unix milliseconds.
    package func rotateDueKeys(at now: Int64) async throws(AuthorityError) -> [KeyNews] {
        // A slow store or worker must not gather passes.
        guard !isRotatingKeys else { return [] }
        isRotatingKeys = true
        defer { isRotatingKeys = false }
        let latest = await keyRing.latestTime(now)
        await keyRing.dropSpares(notIn: directory.current)
        let spares = await keyRing.spares

        let keys = keyRing.keys.current
        var changes: [KeyChange] = []
        var waiting: [App] = []
        for app in directory.current.all {
            let rotation = KeyRotation(app.terms, at: now, latest: latest)
            let plan = rotation.plan(keys.keys(app: app.number).map(\.row))
            guard !plan.isEmpty else { continue }
            var change = KeyChange(plan, of: app)
            if let wanted = plan.newKey {
                change.added = spares[app.number].map { rotation.row(of: $0, for: wanted) }
                if change.added == nil { waiting.append(app) }
            }
            if !change.isEmpty { changes.append(change) }
        }
        #if DEBUG
            if !changes.isEmpty { FaultPoint.rotationDue.pass() }
        #endif
        let written = try await write(changes, at: now)
        let news = written.flatMap { self.news(of: $0, before: keys) }
        do throws(AuthorityError) {
            try await makeSpares(for: waiting, at: now)
            #if DEBUG
                if !waiting.isEmpty { FaultPoint.keyMadeAhead.pass() }
            #endif
        } catch {
            // Told with the next pass, which finds nothing else to tell.
            if news.isEmpty { throw error }
        }
        return news
    }

    /// The emergency stop: every key of the app is revoked, every session up to `session` ended, with those
    /// that were signed in by the app's key, and a new key signs.
    ///
    /// - Parameter now: Unix milliseconds.
    package func rotateKeys(
        of app: App, endingSessionsThrough session: Int64, at now: Int64
    ) async throws(AuthorityError) -> RealmKey {
        let made = try await keyRing.makeKey(app.terms.algorithm, at: now)
        let written = try await change(app, at: now) { keys, rotation in
            var change = KeyChange(of: app)
            for key in keys where key.phase != .revoked {
                change.moves.append(.init(row: rotation.revoked(key), from: key.phase))
            }
            change.added = made
            change.isRotation = true
            change.endsSessionsThrough = session
            return change
        }
        return try published(written?.added)
    }

    /// Revokes a key of the app: every token signed by it is refused from now on. When no key is left
    /// that signs, the next one does at once, or else a new one. Nothing happens when the app has no
    /// such key or when it is revoked already.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Returns: whether it was revoked by this call.
    package func revokeKey(
        _ id: ULID, of app: App, at now: Int64
    ) async throws(AuthorityError) -> Bool {
        let keys = keyRing.keys.current.keys(app: app.number).map(\.row)
        guard let key = keys.first(where: { $0.id == id.rowID }) else { return false }
        var made: KeyRow?
        if key.phase == .active && !keys.contains(where: { $0.phase == .next }) {
            made = try await keyRing.makeKey(app.terms.algorithm, at: now)
        }
        let written = try await change(app, at: now) { keys, rotation in
            guard let key = keys.first(where: { $0.id == id.rowID }), key.phase != .revoked else {
                return nil
            }
            var change = KeyChange(of: app)
            change.moves.append(.init(row: rotation.revoked(key), from: key.phase))
            change.isRotation = true
            let others = keys.filter { $0.id != key.id }
            guard !others.contains(where: { $0.phase == .active }) else { return change }
            if let next = others.first(where: { $0.phase == .next }) {
                change.moves.append(.init(row: rotation.activated(next), from: .next))
            } else {
                // Nil when the keys have changed since it was decided that none is needed: the next
                // pass of `rotateDueKeys` makes one.
                change.added = made
            }
            return change
        }
        return written != nil
    }

    /// Publishes a next key of the app now, and has it take over as soon as it was published for long
    /// enough; when there is a next key already, has that one take over so.
    ///
    /// - Parameter now: Unix milliseconds.
    /// - Returns: the key, and the Unix second from which on it signs.
    package func publishNextKey(
        of app: App, at now: Int64
    ) async throws(AuthorityError) -> (key: RealmKey, signsFrom: Int64) {
        let isThere = keyRing.keys.current.keys(app: app.number).contains { $0.row.phase == .next }
        let made = isThere ? nil : try await keyRing.makeKey(app.terms.algorithm, at: now)
        var row: KeyRow?
        try await change(app, at: now) { keys, rotation in
            var change = KeyChange(of: app)
            if let next = keys.first(where: { $0.phase == .next }) {
                let hastened = rotation.hastened(next)
                row = hastened
                if hastened != next { change.moves.append(.init(row: hastened, from: .next)) }
            } else {
                change.added = made.map { rotation.published($0, signsFrom: 0) }
                row = change.added
            }
            return change.isEmpty ? nil : change
        }
        let key = try published(row)
        let keys = keyRing.keys.current.keys(app: app.number)
        return (key, app.expiry(of: keys.last { $0.row.phase == .active } ?? key, among: keys))
    }

    /// Has a key from outside sign for the app from now on; the one that did goes on verifying.
    ///
    /// - Parameters:
    ///   - key: of the app's algorithm.
    ///   - id: its id; a new one when nil.
    ///   - now: Unix milliseconds.
    package func importKey(
        _ key: PrivateKey, id: ULID?, into app: App, at now: Int64
    ) async throws(AuthorityError) -> KeyImport {
        precondition(key.algorithm == app.terms.algorithm)
        let known = keyRing.keys.current.keys(app: app.number).first {
            $0.privateKey.isSame(as: key)
        }
        if let known { return .known(known) }
        if let id, keyRing.keys.current.key(id) != nil { return .idIsTaken }
        let sealed = try await keyRing.seal(key, id: id, at: now)
        let written = try await change(app, at: now) { keys, rotation in
            var change = KeyChange(of: app)
            for key in keys where key.phase == .active {
                change.moves.append(.init(row: rotation.retired(key), from: .active))
            }
            // The owner has just chosen a key: it is not replaced before its time.
            for key in keys where key.phase == .next {
                change.moves.append(.init(row: rotation.postponed(key), from: .next))
            }
            change.added = sealed
            change.isRotation = true
            return change
        }
        return .imported(try published(written?.added))
    }

    /// Writes and publishes what `decide` says to the keys of an app as they are now. Asks again, a
    /// few times, when another process was faster.
    ///
    /// - Returns: what was written; nil when `decide` said nothing.
    @discardableResult
    private func change(
        _ app: App, at now: Int64, _ decide: ([KeyRow], KeyRotation) -> KeyChange?
    ) async throws(AuthorityError) -> KeyChange? {
        for _ in 0..<Self.attemptsMax {
            let rotation = await keyRing.rotation(directory.current.app(app.id) ?? app, at: now)
            let keys = keyRing.keys.current.keys(app: app.number).map(\.row)
            guard let decided = decide(keys, rotation) else { return nil }
            if let written = try await write([decided], at: now).first { return written }
        }
        throw .overloaded
    }

    /// Writes and publishes `changes`, all of them or none.
    ///
    /// - Returns: the changes, with the numbers that their new keys got. None when another process was
    ///   faster: the keys are then published as that one left them.
    private func write(
        _ changes: [KeyChange], at now: Int64
    ) async throws(AuthorityError) -> [KeyChange] {
        guard !changes.isEmpty else { return [] }
        let written = changes.map { change in
            var change = change
            guard change.added != nil else { return change }
            lastKeyNumber += 1
            change.added?.number = lastKeyNumber
            change.added?.app = change.app.number
            return change
        }
        let mutations = written.flatMap { $0.mutations(at: now) }
        guard try await store.writeUnlessConflict(mutations) else {
            try await refresh()
            return []
        }
        #if DEBUG
            FaultPoint.keysWritten.pass()
        #endif
        for change in written {
            guard let through = change.endsSessionsThrough else { continue }
            ended.endSessions(
                app: change.app.number, through: through, expires: change.lastExpiry,
                at: now / 1000)
        }
        if written.contains(where: { $0.endsSessionsThrough != nil }) { await putInForce() }
        await keyRing.dropSpares(
            notIn: directory.current, spent: written.filter { $0.added != nil }.map(\.app.number))
        await publish(orElse: {
            // The rows were opened or sealed here, so they open.
            try? await keyRing.apply(
                written.flatMap(\.rows), dropping: written.flatMap(\.drops))
            for change in written where change.isRotation {
                noteKeyRotation(of: change.app, at: now)
            }
        })
        return written
    }

    /// Publishes that the key of an app was replaced.
    private func noteKeyRotation(of app: App, at now: Int64) {
        guard var row = directory.current.app(app.id)?.row else { return }
        row.lastKeyRotation = now / 1000
        if let app = App(row) { directory.publish(directory.current.with(app)) }
    }

    /// The published key of a row that was just written.
    private func published(_ row: KeyRow?) throws(AuthorityError) -> RealmKey {
        guard let row, let key = keyRing.keys.current.key(ULID(row.id)) else {
            throw .cryptography
        }
        return key
    }

    /// Makes keys for the apps that need one in the next pass. RSA keys take seconds, so one a pass.
    private func makeSpares(for apps: [App], at now: Int64) async throws(AuthorityError) {
        for app in apps.prefix(Self.keysMadePerPassMax) {
            try await keyRing.makeSpare(for: app, at: now)
            if app.terms.algorithm.keyType == .rsa { return }
        }
    }

    /// What a change is told as.
    private func news(of change: KeyChange, before keys: KeySet) -> [KeyNews] {
        let appID = change.app.idText
        let dropped = keys.keys(app: change.app.number).filter { change.drops.contains($0.number) }
        return change.rows.compactMap { row in
            let isNew = row == change.added
            let keyID = ULID(row.id).text
            switch row.phase {
            case .next where isNew:
                return KeyNews(event: .published, appID: appID, keyID: keyID)
            case .active where change.isRotation:
                return KeyNews(event: .signs, appID: appID, keyID: keyID)
            default:
                return nil
            }
        } + dropped.map { KeyNews(event: .dropped, appID: appID, keyID: $0.idText) }
    }
}

extension KeyChange {
    /// What a plan says, but for the new key.
    fileprivate init(_ plan: KeyRotation.Plan, of app: App) {
        self.init(of: app)
        moves = plan.moves
        drops = plan.drops
        isRotation = plan.replacesActive
    }
}

extension KeyRotation {
    /// A key made ahead, as it is stored for what it is made for.
    fileprivate func row(of spare: KeyRow, for use: NewKey) -> KeyRow {
        switch use {
        case .next(let signsFrom): published(spare, signsFrom: signsFrom)
        case .active: activated(spare)
        }
    }
}
