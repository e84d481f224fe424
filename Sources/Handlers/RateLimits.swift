package import SignetAuthority
internal import SignetRuntime

/// The rate limits of a server: a shard on each loop, together one limit for each caller.
package struct RateLimits: Sendable {
    private let shards: [RateLimiter]

    /// - Parameter shards: one for each loop, in order.
    package init(shards: [RateLimiter]) {
        precondition(!shards.isEmpty)
        self.shards = shards
    }

    /// Counts a request of the address that `exchange` comes from; the port does not matter.
    func admitAddress(of exchange: Exchange) async -> RateLimiter.Decision {
        let address = exchange.peer.addressBytes
        return await admit(
            RateLimiter.Caller(.address, high: address.high, low: address.low), exchange)
    }

    /// Counts a request that an app's key authenticated.
    func admit(_ app: App, _ exchange: Exchange) async -> RateLimiter.Decision {
        await admit(RateLimiter.Caller(.app, high: UInt64(app.number), low: 0), exchange)
    }

    private func admit(
        _ caller: RateLimiter.Caller, _ exchange: Exchange
    ) async -> RateLimiter.Decision {
        let shard = shards[caller.shard(of: shards.count)]
        return await shard.admit(caller, at: exchange.receivedAt * 1_000_000)
    }
}
