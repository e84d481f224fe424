import Glibc

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
        guard let base = bytes.baseAddress, let first = memchr(base, 0x2E, bytes.count) else {
            return false
        }
        let payload = UnsafeRawPointer(first) - base + 1
        guard let second = memchr(base + payload, 0x2E, bytes.count - payload) else { return false }
        let signature = UnsafeRawPointer(second) - base + 1
        return isBase64URL(base, payload - 1)
            && isBase64URL(base + payload, signature - 1 - payload)
            && isBase64URL(base + signature, bytes.count - signature)
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

    /// Whether there is at least one byte and all are of the base64url alphabet.
    private static func isBase64URL(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        guard count > 0 else { return false }
        var index = 0
        // Sixteen at a time: a token has some hundred bytes, and this runs for each answer.
        while index + 16 <= count {
            let lanes = start.loadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
            guard isBase64URL(lanes) else { return false }
            index += 16
        }
        while index < count {
            let byte = start.load(fromByteOffset: index, as: UInt8.self)
            guard isBase64URL(SIMD16(repeating: byte)) else { return false }
            index += 1
        }
        return true
    }

    @inline(__always)
    private static func isBase64URL(_ lanes: SIMD16<UInt8>) -> Bool {
        let letters = ((lanes | 0x20) &- 0x61) .< 26
        let digits = (lanes &- 0x30) .< 10
        let rest = (lanes .== 0x2D) .| (lanes .== 0x5F)
        return all(letters .| digits .| rest)
    }
}
