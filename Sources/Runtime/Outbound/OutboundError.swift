/// Why another server was not asked, or did not answer. Its text is for the log: it names hosts and what
/// went wrong there, and no secret.
package struct OutboundError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        /// libcurl could not be loaded.
        case libraryMissing
        /// The address is none that may be asked, or what was to be sent can't be.
        case refused
        /// The answer is a redirection to another server, or one too many.
        case redirected
        /// The host is unknown, or nobody listens there.
        case unreachable
        /// It took too long.
        case timedOut
        /// TLS did not come about: a certificate is not trusted, or the server has none.
        case insecure
        /// The answer is larger than what was asked for.
        case tooLarge
        /// The mail server did not take the name and the password.
        case loginDenied
        /// Anything else that the other side did.
        case failed
        /// Too many others are under way.
        case overloaded
        /// This server is about to end.
        case stopped
    }

    package let reason: Reason
    /// Where, and in whose words: for the log.
    package let detail: String

    init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    package var description: String { detail }
}
