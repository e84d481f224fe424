internal import SignetCrypto
internal import SignetStorage

/// One shard of the sessions: issues token pairs and verifies tokens, on one loop.
///
/// What one round of the loop brought in is signed together and committed together: `begin` puts
/// work into the round, `endRound` sends it off, and its `whenDone` is called when it is back.
package actor SessionRegistry {
    private static let roundsCommittingMax = 2

    private let executor: any LoopExecutor
    package nonisolated let unownedExecutor: UnownedSerialExecutor

    private let store: any Store
    private let workers: any Workers
    private let clockSkewSeconds: Int64
    private let random = RandomPool()
    /// Keys for what is cheap enough to be done here.
    private let ownKeys = KeyCache()
    private let workerKeys: [KeyCache]
    private var keys: Snapshot<KeySet>.Reader
    private var ids: SessionIDs
    private let claimsReader = ClaimsReader()

    private var signatures: SignatureBatch
    private var round = CommitRound()
    private var roundsCommitting = 0
    private var spareBatches: [SignatureBatch] = []
    private var spareRounds: [CommitRound] = []

    init(
        shard: Int, newestSession: Int64, store: any Store, workers: any Workers,
        keys: Snapshot<KeySet>, clockSkewSeconds: Int64, on executor: any LoopExecutor
    ) {
        self.executor = executor
        unownedExecutor = executor.asUnownedSerialExecutor()
        self.store = store
        self.workers = workers
        self.clockSkewSeconds = clockSkewSeconds
        self.keys = Snapshot.Reader(keys)
        ids = SessionIDs(shard: shard, newest: newestSession)
        workerKeys = (0..<workers.count).map { _ in KeyCache() }
        signatures = SignatureBatch(workerKeys)
    }

    /// Makes, signs and stores the pair of a new session, and then calls its `whenDone`. With an error,
    /// because the key, the workers or the store failed, there is no session, and the tokens must not
    /// leave.
    ///
    /// - Parameters:
    ///   - issuance: holds the claims, and afterwards the tokens.
    ///   - now: Unix milliseconds.
    package func begin(_ issuance: Issuance, for app: App, at now: Int64) {
        guard let key = keys.read().active(app: app.number) else {
            return issuance.whenDone(.cryptography)
        }
        issuance.session = ids.next(atUnixMilliseconds: now)
        issuance.tag = random.nextUInt64()
        issuance.times = TokenTimes(for: app, at: now / 1000)
        issuance.writeTokens(for: app, key: key)

        guard key.algorithm.isSymmetric else { return signatures.append(.sign(issuance, key)) }
        ownKeys.sign(issuance, key)
        didSign(issuance, key)
    }

    /// As `begin`, for callers that wait in a task.
    package func issue(
        _ issuance: Issuance, for app: App, at now: Int64
    ) async throws(AuthorityError) {
        let error = await withUnsafeContinuation { continuation in
            issuance.whenDone = { continuation.resume(returning: $0) }
            begin(issuance, for: app, at: now)
        }
        if let error { throw error }
    }

    /// Finds out whether a token is a good one of `app`: signed by one of its keys, not revoked, and in
    /// force; and then calls its `whenDone`, with an error only when too much work waits.
    ///
    /// - Parameters:
    ///   - verification: holds the token's bytes.
    ///   - now: Unix milliseconds.
    package func begin(_ verification: Verification, for app: App, at now: Int64) {
        verification.now = now / 1000
        // The key decides on the algorithm, never the token (RFC 8725 section 3.1).
        guard let parts = verification.readParts(), let keyID = parts.keyID,
            let key = keys.read().key(keyID, app: app.number), parts.algorithm == key.algorithm,
            !key.isRevoked
        else { return verification.whenDone(nil) }

        guard key.algorithm.isSymmetric else {
            return signatures.append(.verify(verification, key))
        }
        verification.isGenuine = ownKeys.verify(verification, key)
        didVerify(verification)
    }

    /// As `begin`, for callers that wait in a task: whether the token is good.
    package func verify(
        _ verification: Verification, for app: App, at now: Int64
    ) async throws(AuthorityError) -> Bool {
        let error = await withUnsafeContinuation { continuation in
            verification.whenDone = { continuation.resume(returning: $0) }
            begin(verification, for: app, at: now)
        }
        if let error { throw error }
        return verification.isGood
    }

    /// Sends the round's signatures to the workers and its sessions to the store. The loop calls it
    /// at the end of every round.
    package func endRound() {
        if signatures.count > 0 { sendSignatures() }
        // One round is being committed and one waits to be the next; further ones gather here.
        if !round.batch.isEmpty && roundsCommitting < Self.roundsCommittingMax { sendRound() }
    }

    private func sendSignatures() {
        let batch = signatures
        signatures = spareBatches.popLast() ?? SignatureBatch(workerKeys)
        Task.immediate(executorPreference: executor) {
            do throws(AuthorityError) {
                try await workers.run(batch)
                signed(batch)
            } catch {
                refuse(batch, error)
            }
            batch.removeAll()
            spareBatches.append(batch)
        }
    }

    /// The workers are done with `batch`: pairs go on to the store, verifications to their callers.
    private func signed(_ batch: SignatureBatch) {
        for item in batch.items {
            switch item {
            case .sign(let issuance, let key): didSign(issuance, key)
            case .verify(let verification, _): didVerify(verification)
            }
        }
    }

    private func didSign(_ issuance: Issuance, _ key: RealmKey) {
        guard !issuance.hasFailed else { return issuance.whenDone(.cryptography) }
        round.append(issuance, key)
    }

    private func didVerify(_ verification: Verification) {
        if verification.isGenuine, let claims = verification.readClaims(claimsReader) {
            verification.isGood =
                claims.tokenID != nil
                && claims.areInForce(
                    atUnixSeconds: verification.now, skewSeconds: clockSkewSeconds)
        }
        verification.whenDone(nil)
    }

    private func refuse(_ batch: SignatureBatch, _ error: AuthorityError) {
        for item in batch.items {
            switch item {
            case .sign(let issuance, _): issuance.whenDone(error)
            case .verify(let verification, _): verification.whenDone(error)
            }
        }
    }

    private func sendRound() {
        let sent = round
        round = spareRounds.popLast() ?? CommitRound()
        roundsCommitting += 1
        Task.immediate(executorPreference: executor) {
            do throws(StoreError) {
                try await store.commit(sent.batch)
                sent.finish(nil)
            } catch {
                sent.finish(.storeUnavailable)
            }
            spareRounds.append(sent)
            roundsCommitting -= 1
            // What gathered during the commit does not wait for the end of this round.
            if !round.batch.isEmpty { sendRound() }
        }
    }
}
