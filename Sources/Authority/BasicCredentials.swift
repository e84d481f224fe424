internal import SignetCrypto

/// The user-id and the password of HTTP Basic authentication (RFC 7617 section 2).
package struct BasicCredentials {
    package let userID: [UInt8]
    package let password: [UInt8]

    /// Reads what follows the word `Basic` in an `Authorization` field; nil when it is not padded
    /// base64, or has no colon.
    package init?(_ token: UnsafeRawBufferPointer) {
        guard let bytes = Base64.decode([UInt8](token)),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        userID = [UInt8](bytes[..<colon])
        password = [UInt8](bytes[(colon + 1)...])
    }
}
