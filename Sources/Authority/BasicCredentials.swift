internal import SignetCrypto

/// The user-id and the password of HTTP Basic authentication (RFC 7617 section 2).
package enum BasicCredentials {
    /// Reads what follows the word `Basic` in an `Authorization` field, appends its bytes to `text`,
    /// and returns where the two are in it; nil, with `text` undefined, when it is not padded base64,
    /// or has no colon.
    package static func read(
        _ token: UnsafeRawBufferPointer, into text: inout [UInt8]
    ) -> (userID: Range<Int>, password: Range<Int>)? {
        let start = text.count
        guard Base64.decode(token, appendingTo: &text),
            let colon = text[start...].firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return (start..<colon, colon + 1..<text.count)
    }
}
