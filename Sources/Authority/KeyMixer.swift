internal import SignetCrypto

/// Makes the keys of an `ArrivalTable`: hashes under a secret of the process, so that nobody can choose callers
/// that come to lie in one set. The hash is fast rather than strong; no key is ever shown.
struct KeyMixer: Sendable {
    private let secret: (UInt64, UInt64, UInt64)

    init() {
        let random = RandomPool()
        secret = (random.nextUInt64(), random.nextUInt64(), random.nextUInt64())
    }

    /// A key for three numbers; never 0.
    @inline(__always)
    func key(_ kind: UInt64, _ high: UInt64, _ low: UInt64) -> UInt64 {
        let first = Self.folded(high ^ secret.0, low ^ secret.1)
        return Self.folded(first ^ secret.2, kind ^ secret.1 | 1) | 1 << 63
    }

    /// A number for a text, whatever the case of its ASCII letters.
    func number(_ text: [UInt8]) -> UInt64 {
        var number = secret.2
        var word: UInt64 = 0
        for (index, byte) in text.enumerated() {
            let isUpper = UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
            word = word << 8 | UInt64(isUpper ? byte | 0x20 : byte)
            guard index % 8 == 7 || index == text.count - 1 else { continue }
            number = Self.folded(number ^ word, secret.0 ^ UInt64(index))
            word = 0
        }
        return Self.folded(number ^ UInt64(text.count), secret.1)
    }

    /// Both halves of a product in one word.
    @inline(__always)
    private static func folded(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: other)
        return product.high ^ product.low
    }
}
