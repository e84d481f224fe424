package import SignetCrypto
internal import SignetStorage
internal import Synchronization

/// A named token as its user sees it.
package struct NamedToken: Sendable {
    package typealias ID = UUID4

    package let id: ID
    /// The id as its text.
    package var idText: [UInt8] { id.text }
    /// As `idText`, of a token that is gone.
    package static func text(of id: ID) -> [UInt8] { id.text }
    /// What its user calls it.
    package let description: String
    /// Unix seconds.
    package let issued: Int64
    package let expires: Int64

    init(_ row: NamedTokenRow) {
        id = UUID4(high: row.id.high, low: row.id.low)
        description = row.description
        issued = row.issued
        expires = row.expires
    }

    /// The id with this text, in any letter case; nil when it is none.
    package static func id(_ text: UnsafeRawBufferPointer) -> ID? { UUID4(text) }

    /// How long it lives, from its issue on.
    package var lifeSeconds: Int64 { expires - issued }
}

/// The owner of the named tokens. They live in the store, only their ids, descriptions and times; what
/// loops remember of them is forgotten when one is deleted (`changes`).
package actor NamedTokens {
    /// What became of a token that was to be issued.
    package enum Issue: Sendable {
        /// The token itself, which is shown this once.
        case issued(NamedToken, text: [UInt8])
        /// The user has one with this description.
        case descriptionIsTaken
        /// There is no such user any more, or it was changed since it was read.
        case userIsGone
        /// The user has as many as one may have.
        case tooMany
    }

    /// Tokens of one user, whether or not they have expired.
    package static let perUserMax = 1000

    /// A signature of a secret: cheap enough for any loop.
    static let algorithm = Algorithm.hs256

    private let executor: any LoopExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Which tokens were deleted, for what loops remember of them.
    nonisolated let changes: NamedTokenChanges
    nonisolated let keys: Snapshot<KeySet>
    nonisolated let store: any Store
    nonisolated let accounts: Accounts
    private let apps: Apps
    private let counts: TokenCounts
    private let random = RandomPool()
    private let signer = RealmSigner()

    init(
        store: any Store, apps: Apps, accounts: Accounts, changes: NamedTokenChanges,
        counts: TokenCounts, on executor: any LoopExecutor
    ) {
        self.store = store
        self.apps = apps
        self.accounts = accounts
        self.changes = changes
        self.counts = counts
        self.executor = executor
        keys = apps.keyRing.keys
    }

    /// Issues a token, durably.
    ///
    /// - Parameters:
    ///   - description: not blank.
    ///   - lifeSeconds: at least 1.
    ///   - now: Unix milliseconds.
    package func issue(
        _ description: String, lifeSeconds: Int64, to user: User, at now: Int64
    ) async throws(AuthorityError) -> Issue {
        let key = try await apps.signingKey(of: .namedTokens, Self.algorithm, at: now)
        let id = UUID4(random: random)
        let issued = now / 1000
        let row = NamedTokenRow(
            id: RowID(high: id.high, low: id.low), user: user.id, description: description,
            issued: issued, expires: issued + lifeSeconds)
        let text = try sign(row, id, of: user, key)
        let isIssued = try await store.writeUnlessConflict(
            Proof(user).mutations + [
                .require(.namedTokens(of: user.id, below: Self.perUserMax)), .insertNamedToken(row),
            ])
        guard isIssued else {
            // Nor is an id of 122 random bits ever taken.
            let known = try await accounts.user(.id(user.id))
            guard known?.generation == user.generation else { return .userIsGone }
            let count = try await list(of: user).count
            return count < Self.perUserMax ? .descriptionIsTaken : .tooMany
        }
        counts.note(.namedTokens, Self.algorithm)
        return .issued(NamedToken(row), text: text)
    }

    /// Deletes a token of a user, durably; it is refused everywhere when this returns.
    ///
    /// - Returns: false when the user has no such token.
    package func delete(_ id: UUID4, of user: User) async throws(AuthorityError) -> Bool {
        let isDeleted = try await store.writeUnlessConflict([
            .deleteNamedToken(RowID(high: id.high, low: id.low), user: user.id)
        ])
        guard isDeleted else { return false }
        changes.note()
        return true
    }

    /// Has a new key sign from now on; what the one before signed stays good.
    ///
    /// - Parameter now: Unix milliseconds.
    package func rotateKey(at now: Int64) async throws(AuthorityError) -> RealmKey {
        try await apps.rotateKey(of: .namedTokens, Self.algorithm, at: now)
    }

    /// The tokens of a user, the oldest first; those that have expired, too. Reads the store.
    package nonisolated func list(of user: User) async throws(AuthorityError) -> [NamedToken] {
        do throws(StoreError) {
            return try await store.namedTokens(user: user.id).map { NamedToken($0) }
        } catch {
            throw .storeUnavailable
        }
    }

    /// A token of a user; nil when the user has no such token. Reads the store.
    package nonisolated func token(
        _ id: UUID4, of user: User
    ) async throws(AuthorityError) -> NamedToken? {
        guard let row = try await row(id), row.user == user.id else { return nil }
        return NamedToken(row)
    }

    nonisolated func row(_ id: UUID4) async throws(AuthorityError) -> NamedTokenRow? {
        do throws(StoreError) {
            return try await store.namedToken(RowID(high: id.high, low: id.low))
        } catch {
            throw .storeUnavailable
        }
    }

    private func sign(
        _ row: NamedTokenRow, _ id: UUID4, of user: User, _ key: RealmKey
    ) throws(AuthorityError) -> [UInt8] {
        let claims = NamedTokenClaims(
            username: Array(user.login.utf8), id: id, description: Array(row.description.utf8),
            expires: row.expires, issued: row.issued
        ).members
        return try signer.token(
            headerSegment: NamedTokenClaims.headerSegment, members: claims, key)
    }
}

/// How often a named token was deleted, in this process or, as soon as it is seen, in another: what was
/// read from the store before is not sure any more. Shared by all loops.
package final class NamedTokenChanges: Sendable {
    private let count = Atomic<UInt64>(0)

    init() {}

    /// Now. Taken before a token is read from the store, since it may be deleted meanwhile.
    var moment: UInt64 { count.load(ordering: .acquiring) }

    /// Notes that a token was deleted, after the store has it and before anybody is told.
    func note() { count.add(1, ordering: .releasing) }

    /// Takes in a line of the change log. The tokens of a user that was deleted or suspended are refused
    /// because of the user.
    func apply(_ change: ChangeRow) {
        if change.kind == .namedTokenDeleted { note() }
    }
}
