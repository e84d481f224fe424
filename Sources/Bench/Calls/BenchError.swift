package import SignetRuntime

/// Why a measurement, or a call that prepares it, came to nothing.
package struct BenchError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Sendable, Equatable {
        /// This process could not start the loops of the load generator.
        case cannotStart(LoopError)
        /// TLS could not be set up as it was asked for.
        case cannotSecure(TLSError)
        /// No connection to the server could be made; nil when it did not answer in time.
        case unreachable(LoopError?)
        /// The server took connections before, and takes none now.
        case serverGone
        /// The server took connections and answered nothing.
        case noAnswers
        /// The connection ended before the answer to a set-up call was whole.
        case answerCutShort
        /// The answer to a set-up call is not one that we can read.
        case malformedAnswer
        /// A set-up call was answered with this status instead of 200.
        case refused(status: Int)
    }

    package let reason: Reason
    /// The server, as `127.0.0.1:8080`.
    package let server: String
    /// What the server said, when it refused a set-up call.
    package let detail: String

    init(_ reason: Reason, _ server: SocketAddress, detail: String = "") {
        self.reason = reason
        self.server = server.description
        self.detail = detail
    }

    package var description: String {
        switch reason {
        case .cannotStart(let error): "the load generator could not start: \(error)"
        case .cannotSecure(let error): "TLS to \(server) can't be set up: \(error)"
        case .unreachable(let error?): "no connection to \(server): \(error)"
        case .unreachable(nil): "no connection to \(server): no answer in time"
        case .serverGone: "\(server) takes no connections any more; did the server end?"
        case .noAnswers: "\(server) takes connections but answers nothing"
        case .answerCutShort: "\(server) closed the connection before it had answered"
        case .malformedAnswer: "what \(server) answered is not what a Signet server answers"
        case .refused(let status): "\(server) answered \(status): \(detail)"
        }
    }
}
