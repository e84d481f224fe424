package import SignetAuthority
package import SignetRuntime

/// What the hot calls begin on their own loop's shard, as of the arrival of their request.
extension SessionRegistry {
    private static let endRound = LoopEntry<SessionRegistry, Void, Void> { registry, _ in
        registry.endRound()
    }
    private static let issue = LoopEntry<SessionRegistry, (Issuance, App, Int64), Void> {
        $0.begin($1.0, for: $1.1, at: $1.2)
    }
    private static let grant = LoopEntry<SessionRegistry, (AccessGrant, App, Int64), Void> {
        $0.begin($1.0, for: $1.1, at: $1.2)
    }
    private static let verify = LoopEntry<SessionRegistry, (Verification, App?, Int64), Void> {
        $0.begin($1.0, for: $1.1, at: $1.2)
    }

    private static let admitsPairs = LoopEntry<SessionRegistry, (App, Int64), Bool> {
        $0.admitsPairs(of: $1.0, at: $1.1)
    }

    private static let admitsCall = LoopEntry<SessionRegistry, (App, Int64), Bool> {
        $0.admitsCall(of: $1.0, at: $1.1)
    }

    private static let renew = LoopEntry<SessionRegistry, (Renewal, App, Sessions, Int64), Void> {
        $0.begin($1.0, for: $1.1, among: $1.2, at: $1.3)
    }

    private static let beginCall = LoopEntry<SessionRegistry, App, Void> { $0.beginCall(of: $1) }
    private static let endCall = LoopEntry<SessionRegistry, Void, Void> { registry, _ in
        registry.endCall()
    }

    /// Runs `body`, which begins very many of one app's.
    nonisolated func collectApart(for app: App, _ exchange: Exchange, _ body: () -> Void) {
        Self.beginCall(self, app, on: exchange.eventLoop)
        body()
        Self.endCall(self, (), on: exchange.eventLoop)
    }

    nonisolated func begin(_ issuance: Issuance, for app: App, _ exchange: Exchange) {
        Self.issue(self, (issuance, app, exchange.receivedAt), on: exchange.eventLoop)
    }

    nonisolated func begin(_ grant: AccessGrant, for app: App, _ exchange: Exchange) {
        Self.grant(self, (grant, app, exchange.receivedAt), on: exchange.eventLoop)
    }

    /// - Parameter app: whose token it must be; nil for any app's.
    nonisolated func begin(_ verification: Verification, for app: App?, _ exchange: Exchange) {
        Self.verify(self, (verification, app, exchange.receivedAt), on: exchange.eventLoop)
    }

    nonisolated func begin(
        _ renewal: Renewal, for app: App, among sessions: Sessions, _ exchange: Exchange
    ) {
        Self.renew(self, (renewal, app, sessions, exchange.receivedAt), on: exchange.eventLoop)
    }

    /// Whether a call that has pairs of an app signed may be taken.
    nonisolated func admitsPairs(of app: App, _ exchange: Exchange) -> Bool {
        Self.admitsPairs(self, (app, exchange.receivedAt), on: exchange.eventLoop)
    }

    /// Whether a call that has very many pairs of an app signed may be taken.
    nonisolated func admitsCall(of app: App, _ exchange: Exchange) -> Bool {
        Self.admitsCall(self, (app, exchange.receivedAt), on: exchange.eventLoop)
    }

    /// Ends what a round of the registry's own loop brought in.
    package nonisolated func endRound(on eventLoop: EventLoop) {
        Self.endRound(self, (), on: eventLoop)
    }
}
