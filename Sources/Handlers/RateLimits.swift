package import SignetAuthority
internal import SignetRuntime

/// The rate limits of a server, as its dialects ask for them. A request counts once: for the app whose key it shows,
/// or else for the address that it comes from.
package struct RateLimits: Sendable {
    private let limiter: RateLimiter

    package init(_ limiter: RateLimiter) {
        self.limiter = limiter
    }

    /// Counts a request of the address that `exchange` comes from.
    func admitAddress(of exchange: Exchange) -> RateLimiter.Decision {
        limiter.admit(exchange.client.origin, at: exchange.receivedAt * 1_000_000)
    }

    /// Counts calls that an app's key authenticated.
    func admit(_ calls: Int, of app: App, _ exchange: Exchange) -> RateLimiter.Decision {
        let caller = RateLimiter.Caller(.app, high: UInt64(bitPattern: app.number), low: 0)
        return limiter.admit(
            caller, own: app.rateLimit, cost: calls, at: exchange.receivedAt * 1_000_000)
    }

    /// Counts a sign-in by password, before the password is looked at.
    func beginSignIn(_ account: User.Key, _ exchange: Exchange) -> RateLimiter.SignInDecision {
        limiter.beginSignIn(
            account, from: exchange.client.origin, at: exchange.receivedAt * 1_000_000)
    }

    /// Notes what came of a sign-in.
    func finish(_ attempt: SignInDelays.Attempt?, isRight: Bool, _ exchange: Exchange) {
        // Not when it was received: hashes may have waited for long.
        limiter.finish(
            attempt, isRight: isRight, at: exchange.eventLoop.unixMilliseconds * 1_000_000)
    }
}

extension ClientAddress {
    /// As the limiter tells callers apart. The second number tells the two kinds of addresses apart.
    fileprivate var origin: RateLimiter.Origin {
        RateLimiter.Origin(
            high: address.addressBytes.high, low: address.isIPv4 ? 4 : 6,
            isLocal: address.isLoopback && !isUnclear)
    }
}
