/// A realm of tokens that belongs to no app: a dialect with keys of its own. The numbers are stored:
/// add, never renumber.
package enum Realm: Int64, Sendable, CaseIterable {
    case namedTokens = 1
    case signIn = 2
    case frontend = 3
    case apiTokens = 4

    /// What stands for it where else the number of an app stands, which is positive.
    package var number: Int64 { -rawValue }

    /// Its name, as the command line and `/auth/check` say it.
    package var name: String {
        switch self {
        case .namedTokens: "named-tokens"
        case .signIn: "sign-in"
        case .frontend: "frontend"
        case .apiTokens: "api-tokens"
        }
    }
}
