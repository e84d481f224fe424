internal import CVector

/// The 64 characters of a base64 alphabet, with tables for both directions.
///
/// `@unchecked Sendable`: the tables are written in `init` only and never freed.
final class Base64Alphabet: @unchecked Sendable {
    /// RFC 4648 section 5, the alphabet of JOSE.
    static let url = Base64Alphabet(last: "-_")
    /// RFC 4648 section 4.
    static let standard = Base64Alphabet(last: "+/")

    /// In `quads`, a bit that only what is no character of the alphabet has.
    private static let invalid: UInt32 = 1 << 31

    /// Every pair of characters by its 12 bits, the first character in the low byte: half the lookups
    /// of a table of single characters.
    let pairs: UnsafePointer<UInt16>
    /// Four tables of 256, one for each place in a group of four: the six bits of every character
    /// where they belong among the group's three bytes, in memory order, or `invalid`.
    private let quads: UnsafePointer<UInt32>
    /// The last two characters.
    private let last: (UInt8, UInt8)

    private init(last: String) {
        let alphabet = Array(
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last).utf8)
        self.last = (alphabet[62], alphabet[63])
        let pairs = UnsafeMutablePointer<UInt16>.allocate(capacity: 4096)
        for bits in 0..<4096 {
            let first = UInt16(alphabet[bits >> 6])
            let second = UInt16(alphabet[bits & 63])
            // Stored as memory order wants it: the first character at the lower address.
            (pairs + bits).initialize(to: (first | second << 8).littleEndian)
        }
        let quads = UnsafeMutablePointer<UInt32>.allocate(capacity: 4 * 256)
        quads.initialize(repeating: Self.invalid.littleEndian, count: 4 * 256)
        for place in 0..<4 {
            for (bits, character) in alphabet.enumerated() {
                let group = UInt32(bits) << (18 - 6 * place)
                quads[256 * place + Int(character)] = (group << 8).bigEndian
            }
        }
        self.pairs = UnsafePointer(pairs)
        self.quads = UnsafePointer(quads)
    }

    /// The character of six bits.
    func character(of bits: UInt8) -> UInt8 {
        UInt8(truncatingIfNeeded: UInt16(littleEndian: pairs[Int(bits & 63)]) >> 8)
    }

    /// Whether all of `text` is of the alphabet, of whatever length.
    func contains(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let start = text.baseAddress else { return true }
        let (characters, quads) = (start.assumingMemoryBound(to: UInt8.self), self.quads)
        var seen: UInt32 = 0
        let first = signet_base64_span(characters, text.count, last.0, last.1)
        for index in first..<text.count { seen |= quads[Int(characters[index])] }
        return seen & Self.invalid.littleEndian == 0
    }

    /// Writes the characters of `bytes`, without padding, and returns how many there were.
    @discardableResult
    func encode(
        _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutablePointer<UInt8>
    ) -> Int {
        guard let start = bytes.baseAddress else { return 0 }
        let count = bytes.count
        let pairs = self.pairs
        var index = encodeBlocks(bytes, into: output)
        var target = UnsafeMutableRawPointer(output + index / 3 * 4)
        // Six bytes are eight characters; eight are read, so the loop ends two bytes early.
        while index &+ 8 <= count {
            let word = UInt64(
                bigEndian: (start + index).loadUnaligned(as: UInt64.self))
            let quad =
                UInt64(pairs[Int(truncatingIfNeeded: word >> 52)])
                | UInt64(pairs[Int(truncatingIfNeeded: word >> 40 & 0xFFF)]) << 16
                | UInt64(pairs[Int(truncatingIfNeeded: word >> 28 & 0xFFF)]) << 32
                | UInt64(pairs[Int(truncatingIfNeeded: word >> 16 & 0xFFF)]) << 48
            target.storeBytes(of: quad.littleEndian, as: UInt64.self)
            target += 8
            index &+= 6
        }
        var rest = target.assumingMemoryBound(to: UInt8.self)
        while index < count {
            let taken = min(3, count - index)
            var bits: UInt32 = 0
            for offset in 0..<3 {
                let byte = offset < taken ? bytes[index + offset] : 0
                bits = bits << 8 | UInt32(byte)
            }
            for offset in 0...taken {
                rest.pointee = character(of: UInt8(truncatingIfNeeded: bits >> (18 - 6 * offset)))
                rest += 1
            }
            index += taken
        }
        return rest - output
    }

    /// Writes the bytes of unpadded `text` and returns how many there were; nil when a character is
    /// not in the alphabet, when unused trailing bits are set, or when the length is impossible.
    /// So every byte string has exactly one text.
    func decode(
        _ text: UnsafeRawBufferPointer, into output: UnsafeMutablePointer<UInt8>
    ) -> Int? {
        guard text.count & 3 != 1 else { return nil }
        guard let start = text.baseAddress else { return 0 }
        let characters = start.assumingMemoryBound(to: UInt8.self)
        let (first, second) = (quads, quads + 256)
        let (third, fourth) = (quads + 512, quads + 768)
        guard var index = decodeBlocks(text, into: output) else { return nil }
        var target = UnsafeMutableRawPointer(output + index / 4 * 3)
        // One look at the end finds any invalid character.
        var seen: UInt32 = 0
        // Three bytes are stored as four, so the last group is not for this loop.
        while index &+ 4 < text.count {
            let group =
                first[Int(characters[index])] | second[Int(characters[index &+ 1])]
                | third[Int(characters[index &+ 2])] | fourth[Int(characters[index &+ 3])]
            seen |= group
            target.storeBytes(of: group, as: UInt32.self)
            target += 3
            index &+= 4
        }
        let restCount = text.count - index
        var rest: UInt32 = 0
        for place in 0..<restCount {
            rest |= quads[256 * place + Int(characters[index + place])]
        }
        seen |= rest
        let byteCount = restCount * 3 / 4
        let bytes = UInt32(bigEndian: rest) >> 8
        for place in 0..<byteCount {
            let byte = UInt8(truncatingIfNeeded: bytes >> (16 - 8 * place))
            target.storeBytes(of: byte, as: UInt8.self)
            target += 1
        }
        // Bits of the last character that no byte took.
        let unused = bytes & (0xFF_FFFF >> (8 * UInt32(byteCount)))
        guard seen & Self.invalid.littleEndian == 0, unused == 0 else { return nil }
        return target - UnsafeMutableRawPointer(output)
    }

    /// Encodes whole blocks, and returns how many bytes they were.
    private func encodeBlocks(
        _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutablePointer<UInt8>
    ) -> Int {
        signet_base64_encode(bytes.baseAddress, bytes.count, output, last.0, last.1)
    }

    /// Decodes whole blocks, and returns how many characters they were; nil when one of them is not in
    /// the alphabet.
    private func decodeBlocks(
        _ text: UnsafeRawBufferPointer, into output: UnsafeMutablePointer<UInt8>
    ) -> Int? {
        let taken = signet_base64_decode(text.baseAddress, text.count, output, last.0, last.1)
        return taken < 0 ? nil : taken
    }
}
