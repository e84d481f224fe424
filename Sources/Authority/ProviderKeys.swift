internal import SignetCrypto

/// The keys of one OpenID provider: fetched when they are first needed, kept, and fetched anew before they
/// are too old. Whoever comes while they are fetched waits for the same fetch.
actor ProviderKeys {
    /// What is known of the keys of a provider.
    private struct Known {
        let keys: JWKSet
        /// Until when they are used without asking, and until when at all: Unix milliseconds.
        let freshUntil: Int64
        let usableUntil: Int64
    }

    /// For how long keys are fresh, whatever the provider says, and when it says nothing.
    private static let freshSeconds: ClosedRange<Int64> = 300...86_400
    private static let freshSecondsOtherwise: Int64 = 3600
    /// For how long they are good while the provider can't be asked.
    private static let usableMilliseconds: Int64 = 24 * 3600 * 1000
    /// Between two fetches for keys that are not known.
    private static let unknownPauseMilliseconds: Int64 = 60_000
    /// Between two fetches after one that failed.
    private static let failurePauseMilliseconds: Int64 = 5000

    private let executor: any LoopExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let issuer: String
    private let web: any Web
    private let tell: @Sendable (String) -> Void
    private var known: Known?
    private var fetching: Task<Known?, Never>?
    private var lastFetch = Int64.min
    private var lastFailure: Int64?

    /// - Parameter tell: is told why keys could not be had, for the log.
    init(
        issuer: String, web: any Web, tell: @escaping @Sendable (String) -> Void,
        on executor: any LoopExecutor
    ) {
        self.issuer = issuer
        self.web = web
        self.tell = tell
        self.executor = executor
    }

    /// The keys as they were last seen. Old ones are fetched anew meanwhile; only if there are none, or
    /// too old ones, the caller waits. Throws `unreachable`.
    ///
    /// - Parameter now: Unix milliseconds.
    func keys(at now: Int64) async throws(AuthorityError) -> JWKSet {
        if let known, now < known.usableUntil {
            if now >= known.freshUntil, mayTryAgain(at: now) { _ = fetch(at: now) }
            return known.keys
        }
        guard fetching != nil || mayTryAgain(at: now), let fetched = await fetch(at: now).value
        else { throw .unreachable }
        return fetched.keys
    }

    /// The keys as they are now, for a token of a key that is not known; nil when they were asked for
    /// less than a minute ago, or can't be had.
    ///
    /// - Parameter now: Unix milliseconds.
    func newerKeys(at now: Int64) async -> JWKSet? {
        guard fetching != nil || now >= lastFetch + Self.unknownPauseMilliseconds else {
            return nil
        }
        return await fetch(at: now).value?.keys
    }

    private func mayTryAgain(at now: Int64) -> Bool {
        lastFailure.map { now >= $0 + Self.failurePauseMilliseconds } ?? true
    }

    private func fetch(at now: Int64) -> Task<Known?, Never> {
        if let fetching { return fetching }
        lastFetch = now
        let task = Task(executorPreference: executor) { await self.fetchOnce(at: now) }
        fetching = task
        return task
    }

    private func fetchOnce(at now: Int64) async -> Known? {
        defer { fetching = nil }
        do throws(PeerFailure) {
            let (keys, maxAge) = try await fetchKeys()
            let fresh = min(
                max(maxAge ?? Self.freshSecondsOtherwise, Self.freshSeconds.lowerBound),
                Self.freshSeconds.upperBound)
            let fetched = Known(
                keys: keys, freshUntil: now + fresh * 1000,
                usableUntil: now + max(fresh * 1000, Self.usableMilliseconds))
            known = fetched
            lastFailure = nil
            return fetched
        } catch {
            if !error.isOurs { lastFailure = now }
            tell("the keys of \(issuer) can't be fetched: \(error)")
            return nil
        }
    }

    /// Asks the provider where its keys are, and for them (OpenID Connect Discovery 1.0 section 4).
    private func fetchKeys() async throws(PeerFailure) -> (JWKSet, maxAge: Int64?) {
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let metadata = try await page("\(base)/.well-known/openid-configuration")
        guard let object = ForeignObject(metadata.body), object.text("issuer") == issuer else {
            throw PeerFailure("its metadata is another issuer's, or none")
        }
        guard let url = object.text("jwks_uri") else {
            throw PeerFailure("its metadata names no keys")
        }
        let document = try await page(url)
        guard let keys = try? JWKSet(document.body), !keys.keys.isEmpty else {
            throw PeerFailure("it has no keys that can be used")
        }
        return (keys, document.maxAge)
    }

    private func page(_ url: String) async throws(PeerFailure) -> WebPage {
        let page = try await web.get(url, bearer: nil)
        guard page.status == 200 else { throw PeerFailure("it answers with \(page.status)") }
        return page
    }
}
