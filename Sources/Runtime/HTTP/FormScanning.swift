internal import CVector
internal import Glibc

/// Looking for what ends a run of plain text in `application/x-www-form-urlencoded` bodies (WHATWG
/// URL, section 5), which can be long because tokens are.
extension UnsafeRawBufferPointer {
    /// The index of the first `byte` from `start` on, or `count`.
    package func index(of byte: UInt8, from start: Int) -> Int {
        guard start < count, let base = baseAddress else { return count }
        let found = memchr(base + start, Int32(byte), count - start)
        return found.map { UnsafeRawPointer($0) - base } ?? count
    }

    /// The index of the first byte from `start` on that is no printable ASCII, or stands for another:
    /// "+" and "%"; or `count`.
    package func endOfFormText(from start: Int) -> Int {
        guard start < count, let base = baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            return count
        }
        // Most of a body is a token.
        var index =
            start
            + signet_plain_span(
                base + start, count - start, UInt8(ascii: "+"), ASCII.percent, 0x7F)
        while index + 8 <= count {
            let word = ByteWord(
                UInt64(littleEndian: loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            let marks = word.formEscapes
            guard marks == 0 else { return index + marks.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < count, ByteWord(repeating: self[index]).formEscapes == 0 { index += 1 }
        return index
    }
}

extension ByteWord {
    /// Which bytes are "+" or "%", or no printable ASCII.
    fileprivate var formEscapes: UInt64 {
        let printable = marks(from: ASCII.space, through: 0x7E)
        return ~printable & Self.high | marks(of: 0x2B) | marks(of: ASCII.percent)
    }
}
