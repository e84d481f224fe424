package import SignetCrypto

/// How the tokens of the sign-in dialect are made; the times are in seconds.
package struct SignInTerms: Sendable {
    /// The public address: `iss`.
    package var issuer: String
    /// HMAC, which any loop signs by itself.
    package var algorithm = Algorithm.hs256
    package var accessLife: Int64 = 1200
    package var refreshLife: Int64 = 86_400
    /// The longest life of a refresh token; nil for any, and for tokens that never expire.
    package var refreshLifeMax: Int64? = 30 * 86_400
    /// How far other clocks may be off when a token's times are checked.
    package var clockSkew: Int64 = 0

    package init(issuer: String) {
        self.issuer = issuer
    }
}

/// When a refresh token is wanted to expire.
package enum WantedExpiry: Sendable, Equatable {
    /// As the settings say.
    case standard
    /// A Unix second.
    case second(Int64)
    case never

    /// The Unix second at which a refresh token expires; nil for never.
    ///
    /// - Parameter now: the Unix second.
    package func expires(by terms: SignInTerms, at now: Int64) -> Int64? {
        let latest = terms.refreshLifeMax.map { now + $0 }
        let standard = min(now + terms.refreshLife, latest ?? .max)
        switch self {
        case .standard: return standard
        case .second(let second): return second > now ? min(second, latest ?? .max) : standard
        case .never: return latest
        }
    }
}
