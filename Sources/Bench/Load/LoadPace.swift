/// When requests are sent.
package enum LoadPace: Sendable, Equatable {
    /// How the arrivals of an open loop are spaced.
    package enum Arrivals: String, Sendable, CaseIterable {
        /// Evenly.
        case constant
        /// As independent clients would send them: exponentially distributed gaps.
        case poisson
    }

    /// Closed loop: a connection's next request goes out when an answer has come.
    case closed
    /// Open loop: this many requests a second over all threads, whatever the server does. Latency
    /// counts from the time at which a request should have gone out.
    case open(perSecond: Double, Arrivals)
}
