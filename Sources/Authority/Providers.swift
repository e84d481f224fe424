internal import SignetCrypto

/// The providers that users sign in by, other than by a password. Any loop may ask: others' servers are
/// asked elsewhere, signatures checked by the workers.
package struct Providers: Sendable {
    /// Bytes of a token that is shown at another server.
    private static let tokenBytesMax = 4096

    private struct Provider: Sendable {
        let terms: ProviderTerms
        /// Of those that sign.
        let keys: ProviderKeys?
    }

    private let providers: [String: Provider]
    private let web: any Web
    private let workers: any Workers
    private let tell: @Sendable (String) -> Void

    /// - Parameters:
    ///   - tell: is told why a provider could not be asked, for the log.
    ///   - executor: where keys are kept.
    package init(
        _ list: [ProviderTerms], web: any Web, workers: any Workers,
        on executor: any LoopExecutor, tell: @escaping @Sendable (String) -> Void
    ) {
        self.web = web
        self.workers = workers
        self.tell = tell
        providers = Dictionary(
            list.map { terms in
                var keys: ProviderKeys?
                if case .openID(let issuer, _) = terms.kind {
                    keys = ProviderKeys(issuer: issuer, web: web, tell: tell, on: executor)
                }
                return (terms.name, Provider(terms: terms, keys: keys))
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether there is a provider of this name.
    package func has(_ name: String) -> Bool { providers[name] != nil }

    /// The name of the provider where there is one alone.
    package var onlyName: String? { providers.count == 1 ? providers.keys.first : nil }

    /// Whom a provider knows by a token; nil when it knows nobody, when the token is for somebody else, or when the
    /// address is not verified. Throws `unreachable` when the provider can't be asked.
    ///
    /// - Parameter now: Unix milliseconds.
    package func identify(
        _ token: [UInt8], by name: String, at now: Int64
    ) async throws(AuthorityError) -> ProviderIdentity? {
        guard let provider = providers[name] else { return nil }
        switch (provider.terms.kind, provider.keys) {
        case (.openID(let issuer, let clientIDs), let keys?):
            let token = IDToken(text: token, issuer: issuer, clientIDs: clientIDs)
            return try await check(token, keys, at: now)
        case (.userinfo(let url), _):
            return try await ask(url, token, name)
        default: return nil
        }
    }

    private func check(
        _ token: IDToken, _ keys: ProviderKeys, at now: Int64
    ) async throws(AuthorityError) -> ProviderIdentity? {
        let known = try await keys.keys(at: now)
        var verdict = try await workers.run { token.verdict(known, at: now / 1000) }
        if case .unknownKey = verdict, let newer = await keys.newerKeys(at: now) {
            verdict = try await workers.run { token.verdict(newer, at: now / 1000) }
        }
        guard case .genuine(let identity) = verdict else { return nil }
        return identity
    }

    private func ask(
        _ url: String, _ token: [UInt8], _ name: String
    ) async throws(AuthorityError) -> ProviderIdentity? {
        // RFC 6750 section 2.1.
        guard (1...Self.tokenBytesMax).contains(token.count),
            token.allSatisfy({ (0x21...0x7E).contains($0) && !"\"\\,".utf8.contains($0) })
        else { return nil }
        do throws(PeerFailure) {
            let page = try await web.get(url, bearer: token)
            switch page.status {
            case 200: return ForeignObject(page.body).flatMap { ProviderIdentity($0) }
            case 400, 401, 403, 404: return nil
            default: throw PeerFailure("it answers with \(page.status)")
            }
        } catch {
            tell("the provider \(name) can't be asked: \(error)")
            throw .unreachable
        }
    }
}
