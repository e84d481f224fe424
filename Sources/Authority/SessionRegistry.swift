internal import SignetCounts
internal import SignetCrypto
internal import SignetStorage

/// One shard of the sessions: issues token pairs and verifies tokens, on one loop.
///
/// What one round of the loop brought in is signed together and committed together: `begin` puts
/// work into the round, `endRound` sends it off, and its `whenDone` is called when it is back.
package actor SessionRegistry {
    /// The store makes one commit of all that wait, so that a round that waits costs none of its own.
    private static let roundsCommittingMax = 8
    /// Sessions that may gather behind the rounds that are on their way to the store.
    private static let sessionsWaitingMax = 16_384
    /// Renewals that may wait for one session. An honest client sends a few at a time.
    private static let waitingMax = 256

    let executor: any LoopExecutor
    package nonisolated let unownedExecutor: UnownedSerialExecutor

    let store: any Store
    private let workers: any Workers
    let ended: EndedTokens
    let tokens: TokenCounts
    private let stages: StageTimes
    private let clockSkewSeconds: Int64
    private let random = RandomPool()
    /// Keys for what is cheap enough to be done here.
    private let ownKeys = KeyCache()
    private let workerKeys: [KeyCache]
    /// What workers found to be genuine.
    private let verified = VerifiedTokens()
    private var keys: Snapshot<KeySet>.Reader
    private var apps: Snapshot<AppDirectory>.Reader
    nonisolated let ids: SessionIDs
    let claimsEditor = ClaimsEditor()

    private var signatures: SignatureBatch
    /// The round's, while a call collects its own.
    private var roundSignatures: SignatureBatch?
    private var round = CommitRound()
    private var roundsCommitting = 0
    private var spareBatches: [SignatureBatch] = []
    private var spareRounds: [CommitRound] = []
    /// The sessions that calls are changing, and the calls that wait for one of them.
    private var changing: Set<Int64> = []
    private var waiting: [Int64: [(isolated SessionRegistry) -> Void]] = [:]
    /// The renewals of this round, whose sessions are read together.
    var lookups: [Renewal] = []

    init(
        shard: Int, newestSession: Int64, store: any Store, workers: any Workers,
        authority: Authority, clockSkewSeconds: Int64, stages: StageTimes,
        on executor: any LoopExecutor
    ) {
        self.executor = executor
        unownedExecutor = executor.asUnownedSerialExecutor()
        self.store = store
        self.workers = workers
        self.clockSkewSeconds = clockSkewSeconds
        ended = authority.ended
        tokens = authority.tokens
        self.stages = stages
        keys = Snapshot.Reader(authority.keyRing.keys)
        apps = Snapshot.Reader(authority.apps.directory)
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
            return issuance.whenDone(self, .cryptography)
        }
        issuance.session = ids.next(atUnixMilliseconds: now, above: ended.floor)
        begin(issuance, for: app, key, at: now)
    }

    func begin(_ issuance: Issuance, for app: App, _ key: RealmKey, at now: Int64) {
        issuance.tag = random.nextUInt64()
        issuance.times = TokenTimes(for: app, at: now / 1000)
        issuance.writeTokens(for: app, key: key)
        guard key.algorithm.isSymmetric else { return signatures.append(.sign(issuance, key)) }
        sign(issuance.tokens, key)
        didSign(issuance, key)
    }

    /// Signs the tokens of a call here.
    private func sign(_ tokens: TokenBuffer, _ key: RealmKey) {
        let began = stages.willSign()
        ownKeys.sign(tokens, key)
        stages.didSign(since: began)
    }

    /// Makes and signs an access token, and then calls its `whenDone`; with an error because the key or
    /// the workers failed.
    ///
    /// - Parameters:
    ///   - grant: holds the claims, and afterwards the token.
    ///   - now: Unix milliseconds.
    package func begin(_ grant: AccessGrant, for app: App, at now: Int64) {
        guard let key = keys.read().active(app: app.number) else {
            return grant.whenDone(self, .cryptography)
        }
        guard key.algorithm.isSymmetric || admitsSignature(at: now) else {
            return grant.whenDone(self, .overloaded)
        }
        let session = ids.next(atUnixMilliseconds: now, above: ended.floor)
        let id = ULID(high: UInt64(bitPattern: session), low: random.nextUInt64())
        grant.writeToken(id: id, for: app, key: key, at: now / 1000)
        guard key.algorithm.isSymmetric else { return signatures.append(.grant(grant, key)) }
        sign(grant.tokens, key)
        didSign(grant, key)
    }

    /// Finds out whether a token is good: signed by a key of its app, not revoked, in force, and not
    /// ended; and then calls its `whenDone`, with an error only when too much work waits.
    ///
    /// - Parameters:
    ///   - verification: holds the token's bytes.
    ///   - app: whose token it must be; nil for any app's.
    ///   - now: Unix milliseconds.
    package func begin(_ verification: Verification, for app: App?, at now: Int64) {
        verification.now = now / 1000
        // The key decides on the algorithm, never the token (RFC 8725 section 3.1).
        guard let parts = verification.readParts(), let keyID = parts.keyID,
            let key = keys.read().key(keyID), parts.algorithm == key.algorithm, !key.isRevoked,
            app == nil || app?.number == key.app
        else { return verification.whenDone(self, nil) }

        if key.algorithm.isSymmetric {
            // A MAC costs what the digest would.
            verification.isGenuine = ownKeys.verify(verification, key)
        } else {
            verification.computeDigest()
            guard verified.contains(verification.digest, key: key.number) else {
                guard
                    verification.comesFirst || roundSignatures != nil || admitsSignature(at: now)
                else {
                    return verification.whenDone(self, .overloaded)
                }
                return signatures.append(.verify(verification, key))
            }
            verification.isGenuine = true
        }
        didVerify(verification, key)
    }

    /// Whether a call that has pairs of an app signed may be taken, or too much waits: to be asked
    /// before more is done for it.
    ///
    /// - Parameter now: Unix milliseconds.
    package func admitsPairs(of app: App, at now: Int64) -> Bool {
        guard round.batch.count < Self.sessionsWaitingMax else { return false }
        return admitsSignature(at: now) || needsNoWorker(app)
    }

    /// As `admitsPairs`, for a call of very many.
    package func admitsCall(of app: App, at now: Int64) -> Bool {
        guard round.batch.count < Self.sessionsWaitingMax else { return false }
        return workers.admitsCall(of: app.number, at: now) || needsNoWorker(app)
    }

    private func needsNoWorker(_ app: App) -> Bool {
        activeKey(of: app)?.algorithm.isSymmetric ?? true
    }

    private func admitsSignature(at now: Int64) -> Bool {
        workers.admitsSignature(behind: signatures.count, at: now)
    }

    /// As `begin`, for callers that wait in a task, to end what the token stands for, however much waits:
    /// whether it is good.
    package func verify(
        _ verification: Verification, for app: App?, at now: Int64
    ) async throws(AuthorityError) -> Bool {
        verification.comesFirst = true
        let error = await withUnsafeContinuation { continuation in
            verification.whenDone = { _, error in continuation.resume(returning: error) }
            begin(verification, for: app, at: now)
        }
        verification.comesFirst = false
        if let error { throw error }
        return verification.isGood
    }

    // MARK: Changes of a session

    /// The Unix second of the slowest clock that is allowed for: what expired before it is dead for
    /// everybody.
    ///
    /// - Parameter now: Unix milliseconds.
    func slowestSecond(at now: Int64) -> Int64 { now / 1000 - clockSkewSeconds }

    /// Signs a pair that the store has already.
    func signAlone(_ issuance: Issuance, _ key: RealmKey) async throws(AuthorityError) {
        if key.algorithm.isSymmetric {
            ownKeys.sign(issuance.tokens, key)
        } else {
            let batch = SignatureBatch(workerKeys)
            batch.append(.sign(issuance, key))
            try await workers.run(batch)
        }
        guard issuance.tokens.areComplete else { throw .cryptography }
    }

    /// Ends a session with the round's commit.
    func commitEnd(
        _ session: Int64, of app: App, expires: Int64
    ) async throws(AuthorityError) {
        let error = await withUnsafeContinuation { continuation in
            round.end(session, of: app, expires: expires) { continuation.resume(returning: $0) }
        }
        if let error { throw error }
    }

    func activeKey(of app: App) -> RealmKey? { keys.read().active(app: app.number) }

    func key(number: Int64, app: Int64) -> RealmKey? {
        keys.read().key(number: number, app: app)
    }

    /// Takes the session for a call that changes it, until `unlock`; false when another has it.
    func tryLock(_ session: Int64) -> Bool { changing.insert(session).inserted }

    /// Waits until no other call changes the session, and takes it.
    func lock(_ session: Int64) async {
        guard !tryLock(session) else { return }
        await withUnsafeContinuation { continuation in
            waiting[session, default: []].append { _ in continuation.resume() }
        }
    }

    /// Calls `body` when the session, which another call changes, is its own. False, with nothing
    /// done, when too many wait for that already: they are served one after the other.
    func wait(
        for session: Int64, _ body: @escaping (isolated SessionRegistry) -> Void
    ) -> Bool {
        guard waiting[session]?.count ?? 0 < Self.waitingMax else { return false }
        waiting[session, default: []].append(body)
        return true
    }

    /// Lets the next call change the session.
    func unlock(_ session: Int64) {
        guard var calls = waiting.removeValue(forKey: session) else {
            changing.remove(session)
            return
        }
        let next = calls.removeFirst()
        if !calls.isEmpty { waiting[session] = calls }
        next(self)
    }

    /// Sends the round's signatures to the workers and its sessions to the store. The loop calls it
    /// at the end of every round.
    package func endRound() {
        repeat {
            if !lookups.isEmpty { sendLookups() }
            if signatures.count > 0 { sendSignatures() }
            // Some are being committed and others wait to be the next; further ones gather here.
            if !round.batch.isEmpty && roundsCommitting < Self.roundsCommittingMax { sendRound() }
            // A store in memory is done already, so that the next change of a session may begin.
        } while !lookups.isEmpty
    }

    /// Has the signatures of the calls up to `endCall` go to the workers by themselves, so that the
    /// round's do not wait for very many of one app.
    package func beginCall(of app: App) {
        roundSignatures = signatures
        signatures = leaseBatch()
        signatures.group = app.number
    }

    /// Ends what `beginCall` began.
    package func endCall() {
        guard let roundSignatures else { preconditionFailure("no call was begun") }
        let own = signatures
        signatures = roundSignatures
        self.roundSignatures = nil
        if own.count > 0 { send(own) } else { giveBack(own) }
    }

    private func sendSignatures() {
        let batch = signatures
        signatures = leaseBatch()
        send(batch)
    }

    private func leaseBatch() -> SignatureBatch {
        spareBatches.popLast() ?? SignatureBatch(workerKeys)
    }

    private func giveBack(_ batch: SignatureBatch) {
        batch.removeAll()
        spareBatches.append(batch)
    }

    private func send(_ batch: SignatureBatch) {
        Task.immediate(executorPreference: executor) {
            do throws(AuthorityError) {
                try await workers.run(batch)
                signed(batch)
            } catch {
                refuse(batch, error)
            }
            giveBack(batch)
        }
    }

    /// The workers are done with `batch`: pairs go on to the store, verifications to their callers.
    private func signed(_ batch: SignatureBatch) {
        for item in batch.items {
            switch item {
            case .sign(let issuance, let key): didSign(issuance, key)
            case .grant(let grant, let key): didSign(grant, key)
            case .verify(let verification, let key):
                if verification.isGenuine { remember(verification, key) }
                didVerify(verification, key)
            }
        }
    }

    private func remember(_ verification: Verification, _ key: RealmKey) {
        verified.insert(verification.digest, key: key.number)
        guard let multiples = key.multiples, multiples.didVerify(),
            let publicKey = key.privateKey.publicKey
        else { return }
        Task.immediate(executorPreference: executor) { [workers] in
            // When too much waits, some verifications later.
            try? await workers.run { multiples.calculate(of: publicKey) }
        }
    }

    private func didSign(_ issuance: Issuance, _ key: RealmKey) {
        guard issuance.tokens.areComplete else { return issuance.whenDone(self, .cryptography) }
        round.append(issuance, key)
    }

    private func didSign(_ grant: AccessGrant, _ key: RealmKey) {
        let isComplete = grant.tokens.areComplete
        if isComplete { tokens.note(.oauth, key.algorithm) }
        grant.whenDone(self, isComplete ? nil : .cryptography)
    }

    private func didVerify(_ verification: Verification, _ key: RealmKey) {
        judge(verification, key)
        verification.whenDone(self, nil)
    }

    private func judge(_ verification: Verification, _ key: RealmKey) {
        let app = key.app
        verification.app = apps.read().app(number: app)
        guard verification.isGenuine, verification.app != nil,
            let claims = verification.readClaims(of: key)
        else { return verification.isGenuine = false }
        // Who signs elsewhere with an imported key speaks for its own app only.
        if verification.kind == .access, claims.clientID != verification.app?.idText {
            verification.kind = nil
            return verification.isGenuine = false
        }
        verification.isInForce = claims.areInForce(
            atUnixSeconds: verification.now, skewSeconds: clockSkewSeconds)
        // A token without a session ends with those of its time, which must not lie ahead.
        if claims.tokenID == nil, claims.issued ?? 0 > verification.now + clockSkewSeconds {
            verification.isInForce = false
        }
        guard verification.isInForce else { return }
        let id = claims.tokenID
        verification.isGood = !ended.isDead(
            session: id?.session ?? claims.issuedSession, tag: id?.low ?? 0, app: app)
    }

    private func refuse(_ batch: SignatureBatch, _ error: AuthorityError) {
        for item in batch.items {
            switch item {
            case .sign(let issuance, _): issuance.whenDone(self, error)
            case .grant(let grant, _): grant.whenDone(self, error)
            case .verify(let verification, _): verification.whenDone(self, error)
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
                sent.finish(nil, on: self)
            } catch {
                sent.finish(.storeUnavailable, on: self)
            }
            spareRounds.append(sent)
            roundsCommitting -= 1
            // What gathered during the commit does not wait for the end of this round.
            if !round.batch.isEmpty { sendRound() }
        }
    }
}

extension RegisteredClaims {
    /// The newest session that could be as old as the token, for one that names none: tokens that were
    /// signed elsewhere end with the sessions of their time.
    fileprivate var issuedSession: Int64 {
        let milliseconds = (issued ?? 0).multipliedReportingOverflow(by: 1000)
        return milliseconds.overflow ? 0 : milliseconds.partialValue << 16
    }
}
