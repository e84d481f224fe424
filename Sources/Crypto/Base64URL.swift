/// Base64url without padding (RFC 4648 section 5, RFC 7515 section 2), where every byte string has
/// one text and any other text is refused.
package enum Base64URL {
    /// Characters of `byteCount` bytes.
    package static func encodedLength(_ byteCount: Int) -> Int { (byteCount * 4 + 2) / 3 }

    /// Bytes of `characterCount` characters, if they can be decoded.
    package static func decodedLength(_ characterCount: Int) -> Int { characterCount * 3 / 4 }

    /// Writes `encodedLength` characters to `output` and returns their number.
    @discardableResult
    package static func encode(
        _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutablePointer<UInt8>
    ) -> Int {
        Base64Alphabet.url.encode(bytes, into: output)
    }

    /// Writes `decodedLength` bytes to `output` and returns their number; nil, and then `output` is
    /// undefined, for padding, characters outside the alphabet, white space, an impossible length,
    /// or set bits that no byte uses.
    package static func decode(
        _ text: UnsafeRawBufferPointer, into output: UnsafeMutablePointer<UInt8>
    ) -> Int? {
        Base64Alphabet.url.decode(text, into: output)
    }

    /// The characters of `bytes`.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        // Swift writes the count of an array without capacity, which all threads share.
        guard !bytes.isEmpty else { return [] }
        return [UInt8](unsafeUninitializedCapacity: encodedLength(bytes.count)) { output, count in
            guard let start = output.baseAddress else { return }
            count = bytes.withUnsafeBytes { encode($0, into: start) }
        }
    }

    /// The bytes of `text`, or nil under the rules of `decode(_:into:)`.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        text.withUnsafeBytes { decode($0) }
    }

    /// The bytes of `text`, or nil under the rules of `decode(_:into:)`.
    package static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        // As above; one character alone is no text.
        guard text.count > 1 else { return text.isEmpty ? [] : nil }
        var isValid = true
        let bytes = [UInt8](
            unsafeUninitializedCapacity: decodedLength(text.count)
        ) { output, count in
            guard let start = output.baseAddress, let written = decode(text, into: start) else {
                isValid = false
                return
            }
            count = written
        }
        return isValid ? bytes : nil
    }
}
