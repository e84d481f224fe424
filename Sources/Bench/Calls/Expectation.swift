import Glibc

/// What the body of a good answer has to be.
package enum Expectation: Sendable, Equatable {
    /// Anything at all.
    case anything
    /// A JSON object with an `auth_token` in the compact form of RFC 7515.
    case tokenPair
    /// Exactly these bytes.
    case exactly([UInt8])

    /// Whether `body` is that. Called for each answer, so it only looks for what it needs.
    @inline(__always)
    func isMet(by body: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .anything: return true
        case .tokenPair:
            guard let token = AnswerText.member("\"auth_token\":\"", in: body) else { return false }
            return AnswerText.isCompactJWS(token)
        case .exactly(let expected):
            return expected.withUnsafeBytes { expected in
                guard expected.count == body.count else { return false }
                guard let left = expected.baseAddress, let right = body.baseAddress else {
                    return true
                }
                return memcmp(left, right, body.count) == 0
            }
        }
    }
}
