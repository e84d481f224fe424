internal import COpenSSL

/// Why certificates, keys or authorities can't be used.
package struct TLSError: Error, Equatable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case noCertificate = "it holds no certificate (PEM)"
        case malformedCertificate = "a certificate in it is malformed"
        case tooManyCertificates = "it holds too many certificates"
        case malformedKey = "it holds no private key (PEM)"
        case encryptedKey = "the key has a passphrase, which nobody could type; take it off"
        case keyDoesNotMatch = "the key is not that of the certificate"
        case unusable = "OpenSSL does not take it"
        case internalFailure = "OpenSSL can't be set up"
    }

    package let reason: Reason

    /// Whether the file of the key is the one to look at.
    package var isOfKey: Bool {
        switch reason {
        case .malformedKey, .encryptedKey, .keyDoesNotMatch: true
        default: false
        }
    }

    /// OpenSSL's words for it; empty when it had no part in it.
    package let detail: String

    /// An error that our own checks found.
    init(_ reason: Reason) {
        self.reason = reason
        detail = ""
    }

    private init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    /// The error of the OpenSSL call that just failed on this thread. Empties the thread's error queue.
    static func last(_ reason: Reason) -> TLSError {
        let text = ERR_reason_error_string(ERR_peek_last_error()).map { String(cString: $0) }
        ERR_clear_error()
        return TLSError(reason, text ?? "")
    }

    package var description: String {
        detail.isEmpty ? reason.rawValue : "\(reason.rawValue): \(detail)"
    }
}

/// Turns an OpenSSL status, where 1 is the only success, into a thrown error. As Crypto has it, which the
/// runtime does not know.
func checkTLS(_ status: Int, _ reason: TLSError.Reason) throws(TLSError) {
    guard status == 1 else { throw .last(reason) }
}

/// Turns the null pointer of a failed OpenSSL allocation into a thrown error.
func checkTLS(
    _ pointer: OpaquePointer?, _ reason: TLSError.Reason
) throws(TLSError) -> OpaquePointer {
    guard let pointer else { throw .last(reason) }
    return pointer
}
