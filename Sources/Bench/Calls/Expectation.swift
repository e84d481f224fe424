import Glibc

/// What the body of a good answer has to be.
package enum Expectation: Sendable, Equatable {
    /// Anything at all.
    case anything
    /// A JSON object with an `auth_token` and a `refresh_token` in the compact form of RFC 7515.
    case tokenPair
    /// The same with the names that sign-in gives them.
    case signInTokens
    /// Exactly these bytes.
    case exactly([UInt8])
    /// A body in which this text stands somewhere.
    case text(String)

    /// Whether `body` is that. Called for each answer, so it only looks for what it needs.
    @inline(__always)
    func isMet(by body: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .anything: return true
        case .tokenPair, .signInTokens:
            return Self.isToken(tokenMember, in: body) && Self.isToken(refreshMember, in: body)
        case .exactly(let expected):
            return expected.withUnsafeBytes { expected in
                guard expected.count == body.count else { return false }
                guard let left = expected.baseAddress, let right = body.baseAddress else {
                    return true
                }
                return memcmp(left, right, body.count) == 0
            }
        case .text(let text): return AnswerText.contains(text, in: body)
        }
    }

    /// The token that a sample takes; nil when answers carry none.
    func token(in body: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        AnswerText.member(tokenMember, in: body)
    }

    /// The refresh token of a pair; nil when answers carry none.
    func refreshToken(in body: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        AnswerText.member(refreshMember, in: body)
    }

    private var tokenMember: StaticString {
        self == .signInTokens ? #""accessToken":""# : #""auth_token":""#
    }

    private var refreshMember: StaticString {
        self == .signInTokens ? #""refreshToken":""# : #""refresh_token":""#
    }

    private static func isToken(_ member: StaticString, in body: UnsafeRawBufferPointer) -> Bool {
        AnswerText.member(member, in: body).map(AnswerText.isCompactJWS) ?? false
    }
}
