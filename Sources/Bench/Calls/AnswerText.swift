import Glibc
import SignetCrypto

/// Looks into answers whose shape is known, without reading them as JSON.
enum AnswerText {
    /// Where the value of a string member stands; nil when the member is not there, or has escapes.
    ///
    /// - Parameter opening: the member up to its value: the name in quotes, a colon and a quote.
    static func member(
        _ opening: StaticString, in bytes: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer? {
        guard let base = bytes.baseAddress else { return nil }
        let count = opening.utf8CodeUnitCount
        var index = 0
        while index + count < bytes.count {
            guard let quote = memchr(base + index, 0x22, bytes.count - index - count) else {
                return nil
            }
            index = UnsafeRawPointer(quote) - base
            if memcmp(quote, opening.utf8Start, count) == 0 {
                return text(in: bytes, from: index + count)
            }
            index += 1
        }
        return nil
    }

    /// Whether `bytes` are three base64url parts with dots in between (RFC 7515 section 7.1),
    /// none of them empty.
    static func isCompactJWS(_ bytes: UnsafeRawBufferPointer) -> Bool {
        JWSReader.hasShape(bytes) && bytes.last != UInt8(ascii: ".")
    }

    /// Whether `text` stands somewhere in `bytes`.
    static func contains(_ text: String, in bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return text.isEmpty }
        var text = text
        return text.withUTF8 { text in
            guard let wanted = text.baseAddress, let first = text.first else { return true }
            var index = 0
            while index + text.count <= bytes.count {
                let count = bytes.count - index - text.count + 1
                guard let found = memchr(base + index, Int32(first), count) else { return false }
                if memcmp(found, wanted, text.count) == 0 { return true }
                index = UnsafeRawPointer(found) - base + 1
            }
            return false
        }
    }

    /// The bytes from `start` to the next quote; nil when there are escapes, or no quote.
    private static func text(
        in bytes: UnsafeRawBufferPointer, from start: Int
    ) -> UnsafeRawBufferPointer? {
        guard let base = bytes.baseAddress,
            let quote = memchr(base + start, 0x22, bytes.count - start)
        else { return nil }
        let count = UnsafeRawPointer(quote) - (base + start)
        guard count > 0, memchr(base + start, 0x5C, count) == nil else { return nil }
        return UnsafeRawBufferPointer(start: base + start, count: count)
    }
}
