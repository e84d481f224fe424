internal import SignetAuthority
internal import SignetRuntime

/// The rate limits and the proxies of a running server, which SIGHUP replaces.
struct RateLimitReload: Reloadable {
    let limiter: RateLimiter
    let proxies: TrustedProxies

    static let settingNames = [
        "rate_limits.enabled", "rate_limits.app", "rate_limits.address", "rate_limits.sign_in",
        "rate_limits.sign_in_delay_max", "trusted_proxies",
    ]
    var settingNames: [String] { Self.settingNames }

    /// - Parameter executor: where limits are replaced.
    init(_ settings: Settings, on executor: any LoopExecutor) {
        limiter = RateLimiter(RateLimiter.Limits(settings.rateLimits), on: executor)
        proxies = TrustedProxies(AddressRange.list(settings.trustedProxies))
    }

    func reload(_ settings: Settings) throws(CommandFailure) {
        proxies.set(AddressRange.list(settings.trustedProxies))
        let limits = RateLimiter.Limits(settings.rateLimits)
        do {
            try Blocking.run { [limiter] in await limiter.set(limits) }
        } catch {
            throw CommandFailure("rate limits: \(error)")
        }
    }
}

extension RateLimiter.Limits {
    init(_ settings: Settings.RateLimits) {
        self.init()
        guard settings.isEnabled else { return }
        rates = [
            .app: RateLimit(settings.app), .address: RateLimit(settings.address),
            .signIn: RateLimit(settings.signIn),
        ]
        signInDelaySecondsMax = settings.signInDelayMax.components.seconds
    }
}

extension RateLimit {
    init(_ rate: Rate) {
        self.init(Int64(rate.count), perSeconds: rate.period.duration.components.seconds)
    }
}

extension AddressRange {
    /// The ranges of a setting, which were read before.
    fileprivate static func list(_ texts: [String]) -> [AddressRange] {
        texts.compactMap { AddressRange($0) }
    }
}
