internal import COpenSSL

/// Why a cryptographic operation did not succeed.
package struct CryptoError: Error, Equatable {
    /// The closed list of what can go wrong; the text is for logs only.
    package enum Reason: String, Sendable {
        /// The bytes are not a key, a JWK or a sealed value of the expected form.
        case malformed = "malformed"
        /// A well-formed key of a type, curve or use that Signet does not work with.
        case unsupportedKey = "unsupported key"
        /// RSA below 2048 bits, a public exponent below 3, a ROCA modulus, or an HMAC secret shorter
        /// than the hash (RFC 7518 sections 3.2 to 3.5, RFC 8725 section 3.5).
        case weakKey = "weak key"
        /// The key is not one of the algorithm that it was given for.
        case wrongAlgorithm = "key does not fit the algorithm"
        /// The private key does not belong to its public part, or the numbers do not form a key.
        case inconsistentKey = "inconsistent key"
        /// A JWK set with a key id that occurs twice, or with secret and public keys mixed.
        case ambiguousKeySet = "ambiguous key set"
        /// A sealed value was changed, or the master key or context is not the one it was sealed with.
        case notAuthentic = "not authentic"
        /// OpenSSL could not make a key.
        case generationFailed = "key generation failed"
        /// OpenSSL could not sign.
        case signingFailed = "signing failed"
        /// OpenSSL refused to set something up or ran out of memory.
        case internalFailure = "internal failure"
    }

    /// What went wrong.
    package let reason: Reason
    /// The first code of OpenSSL's error queue, for the log; 0 when OpenSSL had no part in it.
    package let code: UInt

    /// An error that our own checks found.
    init(_ reason: Reason) {
        self.reason = reason
        self.code = 0
    }

    private init(_ reason: Reason, code: UInt) {
        self.reason = reason
        self.code = code
    }

    /// The error of the OpenSSL call that just failed on this thread. Empties the thread's error
    /// queue, so that no later call reports this failure as its own.
    static func last(_ reason: Reason) -> CryptoError {
        let code = ERR_get_error()
        ERR_clear_error()
        return CryptoError(reason, code: code)
    }
}

extension CryptoError: CustomStringConvertible {
    /// For the log.
    package var description: String {
        guard code != 0 else { return reason.rawValue }
        return "\(reason.rawValue) (OpenSSL \(String(code, radix: 16)))"
    }
}

/// Turns an OpenSSL status, where 1 is the only success, into a thrown error.
func check(_ status: Int32, _ reason: CryptoError.Reason) throws(CryptoError) {
    guard status == 1 else { throw .last(reason) }
}

/// Turns the null pointer of a failed OpenSSL allocation or decoding into a thrown error.
func check(
    _ pointer: OpaquePointer?, _ reason: CryptoError.Reason
) throws(CryptoError) -> OpaquePointer {
    guard let pointer else { throw .last(reason) }
    return pointer
}
