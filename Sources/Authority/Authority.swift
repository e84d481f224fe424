package import SignetCounts
package import SignetCrypto
package import SignetStorage

/// The authority of one server or command: its store, and the actors that own what is in it.
package final class Authority: Sendable {
    package let apps: Apps
    package let keyRing: KeyRing
    package let accounts: Accounts
    package let namedTokens: NamedTokens
    package let userSessions: UserSessions
    package let basicAuthentication: BasicAuthentication
    package let store: any Store
    /// What was ended before it expires.
    package let ended = EndedTokens()
    /// The tokens that were made since the server started.
    package let tokens = TokenCounts()
    let workers: any Workers
    private let newestSession: Int64

    /// Reads the store and publishes apps and keys.
    ///
    /// - Parameters:
    ///   - masterKey: what the private keys in the store are sealed with.
    ///   - passwordCost: what the hash of a new password costs.
    ///   - basicLifeMilliseconds: how long a right login and password by HTTP Basic are known without a hash.
    ///   - executor: where `Apps`, `KeyRing`, `Accounts` and `NamedTokens` run; in a server one of its loops.
    ///
    /// Throws `wrongMasterKey` when the keys in the store were sealed with another one.
    package init(
        store: any Store, masterKey: MasterKey, workers: any Workers,
        passwordCost: PasswordHash.Cost = .standard,
        basicLifeMilliseconds: Int64 = BasicAuthentication.standardLifeMilliseconds,
        on executor: any LoopExecutor
    ) async throws(AuthorityError) {
        self.store = store
        self.workers = workers
        keyRing = KeyRing(masterKey: masterKey, workers: workers, on: executor)
        let userChanges = UserChanges()
        let namedTokenChanges = NamedTokenChanges()
        apps = Apps(
            store: store, keyRing: keyRing, ended: ended, userChanges: userChanges,
            namedTokenChanges: namedTokenChanges, on: executor)
        let contents: StoreContents
        do throws(StoreError) {
            contents = try await store.load()
        } catch {
            throw .storeUnavailable
        }
        newestSession = contents.newestSession
        accounts = Accounts(
            store: store, apps: apps, changes: userChanges,
            hashing: PasswordHashing(cost: passwordCost, workers: workers),
            lastID: contents.lastUserID, on: executor)
        namedTokens = NamedTokens(
            store: store, apps: apps, accounts: accounts, changes: namedTokenChanges,
            counts: tokens, on: executor)
        userSessions = UserSessions(store: store, apps: apps, ended: ended)
        basicAuthentication = try BasicAuthentication(
            accounts.passwordCheck, lifeMilliseconds: basicLifeMilliseconds)
        // Keys first: a store whose keys do not open is never claimed.
        try await apps.refresh()
        guard try await Self.claim(masterKey, contents, store) else { throw .wrongMasterKey }
    }

    /// Learns from the store what was ended before it expires. A server does so before it serves.
    package func recallEnded() async throws(AuthorityError) {
        do throws(StoreError) {
            for session in try await store.renewedSessions() { ended.apply(session) }
        } catch {
            throw .storeUnavailable
        }
        try await apps.followChanges()
    }

    /// Whether the store has a root key. One that was never started has none.
    package var hasRootKey: Bool { !apps.rootKeyHash.current.isEmpty }

    /// Whether the store can be read now.
    package func storeAnswers() async -> Bool {
        (try? await store.changes(after: .max)) != nil
    }

    /// Whether something can be written to the store now, by writing it.
    ///
    /// - Parameter now: Unix milliseconds.
    package func storeTakes(at now: Int64) async -> Bool {
        do throws(StoreError) {
            try await store.write([.touch(at: now)])
            return true
        } catch {
            return false
        }
    }

    /// Whether the root key is there and, if there are apps, a key that signs for one of them. What a single app lacks is
    /// no reason to turn away the others.
    package var hasKeys: Bool {
        let (apps, keys) = (apps.directory.current.all, keyRing.keys.current)
        return hasRootKey
            && (apps.isEmpty || apps.contains { keys.active(app: $0.number) != nil })
    }

    /// An id that every session made before `now` is at or below: for commands, which have no shards
    /// to ask. A running server asks `Sessions`.
    ///
    /// - Parameter now: Unix milliseconds.
    package func newestSessionID(at now: Int64) -> Int64 {
        // Ids run ahead of the clock when a millisecond has more sessions than ids.
        max(now << 16, newestSession) | 0xFFFF
    }

    /// The registry of one shard.
    ///
    /// - Parameters:
    ///   - shard: the index of the loop; below 256.
    ///   - executor: the loop.
    ///   - clockSkewSeconds: how far other clocks may be off when a token's times are checked.
    ///   - stages: of the loop.
    package func sessionRegistry(
        shard: Int, on executor: any LoopExecutor, clockSkewSeconds: Int64,
        stages: StageTimes = StageTimes()
    ) -> SessionRegistry {
        SessionRegistry(
            shard: shard, newestSession: newestSession, store: store, workers: workers,
            authority: self, clockSkewSeconds: clockSkewSeconds, stages: stages, on: executor)
    }
}
