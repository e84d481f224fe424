package import SignetCrypto
internal import Synchronization

/// How many tokens were made, by whom they are for and what signs them. Any thread counts, any thread reads.
///
/// `@unchecked Sendable`: the numbers are touched by atomic operations alone.
package final class TokenCounts: @unchecked Sendable {
    /// What makes tokens.
    package enum Issuer: Int, Sendable, CaseIterable {
        /// Pairs of apps, made and renewed; each is two tokens.
        case apps
        /// Access tokens of apps as OAuth clients.
        case oauth
        case namedTokens
        case signIn
        case frontend
        case apiTokens

        /// Its name, for metrics.
        package var name: String {
            switch self {
            case .apps: "apps"
            case .oauth: "oauth"
            case .namedTokens: "named-tokens"
            case .signIn: "sign-in"
            case .frontend: "frontend"
            case .apiTokens: "api-tokens"
            }
        }
    }

    private static let algorithmCount = Algorithm.allCases.count
    private static let cellCount = Issuer.allCases.count * algorithmCount

    private let cells = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: cellCount)

    init() {
        for index in 0..<Self.cellCount { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: Self.cellCount)
        cells.deallocate()
    }

    /// Counts tokens that were made. Loops share the numbers, so what happens often is counted for a round at once.
    func note(_ issuer: Issuer, _ algorithm: Algorithm, count: Int = 1) {
        cells[Self.index(issuer, algorithm)].add(count, ordering: .relaxed)
    }

    /// How many were made since the server started.
    package func count(of issuer: Issuer, _ algorithm: Algorithm) -> Int {
        cells[Self.index(issuer, algorithm)].load(ordering: .relaxed)
    }

    private static func index(_ issuer: Issuer, _ algorithm: Algorithm) -> Int {
        issuer.rawValue * algorithmCount + Int(algorithm.rawValue)
    }
}
