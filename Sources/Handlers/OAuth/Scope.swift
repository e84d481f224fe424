/// The `scope` of a token request (RFC 6749 section 3.3): tokens with one space between.
enum Scope {
    /// Bytes of a scope, which ends up in the token.
    private static let bytesMax = 4096

    /// Throws `invalid_scope` for what is none.
    static func check(_ text: UnsafeRawBufferPointer) throws(OAuthError) {
        guard text.count <= bytesMax else { throw .invalidScope("The scope is too long.") }
        var isAfterSpace = true
        for byte in text {
            switch byte {
            case UInt8(ascii: " ") where !isAfterSpace: isAfterSpace = true
            case 0x21, 0x23...0x5B, 0x5D...0x7E: isAfterSpace = false
            default: throw .invalidScope("The scope is malformed.")
            }
        }
        guard !isAfterSpace else { throw .invalidScope("The scope is malformed.") }
    }
}
