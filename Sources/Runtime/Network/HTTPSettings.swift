/// The limits and time-outs of an HTTP server.
package struct HTTPSettings: Sendable {
    package var limits = HTTPLimits()
    /// Open connections in all; further ones wait in the kernel's backlog.
    package var connectionsMax = 16384
    /// How long a request's head may take to arrive, from its first byte; and a TLS handshake, from the
    /// connection's beginning.
    package var headTimeoutMilliseconds: UInt64 = 10_000
    /// How long a request's body may take to arrive, from the end of its head.
    package var bodyTimeoutMilliseconds: UInt64 = 30_000
    /// How long a connection may do nothing between requests, or not read its answers.
    package var idleTimeoutMilliseconds: UInt64 = 75_000
    /// How long a connection may do nothing while the server drains. With 0 it is closed at once, and a request
    /// that is on its way is lost; else that one is answered, with `Connection: close`.
    package var drainIdleMilliseconds: UInt64 = 0
    /// How long a closed connection's last bytes are awaited.
    package var lingerTimeoutMilliseconds: UInt64 = 2_000
    /// Pipelined requests of one connection that may wait for their answers.
    package var requestsInFlightMax = 64
    /// How often each loop looks for connections whose time is over.
    package var sweepIntervalMilliseconds: UInt64 = 1_000
    /// Whether answers over TLS tell browsers to come by TLS alone, for two years (RFC 6797).
    package var isStrictlySecure = true

    /// Whose word is taken for where requests come from.
    package var trustedProxies = TrustedProxies()

    package init() {}
}
