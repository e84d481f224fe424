@testable import SignetCrypto

/// Base64 of both kinds: every byte string has one text, and no other text is taken.
enum Base64Properties {
    private static let letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    static func check(_ input: UnsafeRawBufferPointer) throws(Violation) {
        let bytes = Array(input)
        try require(Base64URL.decode(Base64URL.encode(bytes)) == bytes, "base64url is not undone")
        try require(Base64.decode(Base64.encode(bytes)) == bytes, "base64 is not undone")

        let url = reference(bytes[...], Array((letters + "-_").utf8))
        try require(Base64URL.decode(bytes) == url, "base64url: \(String(describing: url))")
        let body = bytes.reversed().drop { $0 == UInt8(ascii: "=") }.reversed()
        let padding = bytes.count - body.count
        var standard: [UInt8]?
        if bytes.count % 4 == 0, padding == (4 - body.count % 4) % 4 {
            standard = reference(Array(body)[...], Array((letters + "+/").utf8))
        }
        try require(Base64.decode(bytes) == standard, "base64: \(String(describing: standard))")
    }

    /// The bytes of a text without padding, bit by bit; nil when it is not the only one of its bytes.
    private static func reference(_ text: ArraySlice<UInt8>, _ alphabet: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits = 0
        var count = 0
        for character in text {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(bits >> count))
                bits &= (1 << count) - 1
            }
        }
        // Six bits left over are a character of no byte; those of two or four are zero.
        return count < 6 && bits == 0 ? bytes : nil
    }
}
