/// How other servers are asked.
package struct OutboundSettings: Sendable {
    /// What libcurl is called, or where it lies.
    package var library = "libcurl.so.4"
    /// A file of certificates (PEM) that are trusted beside the system's.
    package var certificateFile: String?
    /// Whether http, and SMTP without TLS, may be spoken with this machine itself.
    package var allowsPlaintextToLoopback = false
    /// How this server calls itself.
    package var userAgent = "Signet"
    /// From the look-up of the name to the last byte of the answer.
    package var webTimeoutMilliseconds = 10_000
    package var mailTimeoutMilliseconds = 60_000
    /// Of which the connection with its TLS may take so much.
    package var connectTimeoutMilliseconds = 5_000
    /// Transfers that are under way at a time.
    package var transfersMax = 256

    package init() {}
}
