/// Numbers of a batch of signatures, one for each. They keep their memory from batch to batch.
struct NumberRow: ~Copyable {
    /// The most signatures of a batch: two tokens for each of the 8 calls that a worker takes at once.
    static let countMax = 16

    private let numbers: InlineArray<16, BigNumber>

    /// Zeros.
    init() throws(CryptoError) {
        numbers = try InlineArray { _ throws(CryptoError) in try BigNumber() }
    }

    /// Lends a number: `_read`, because it can be neither copied nor given away.
    subscript(index: Int) -> BigNumber {
        _read { yield numbers[index] }
    }

    /// Wipes the first `count` numbers.
    borrowing func wipe(_ count: Int) {
        for index in 0..<count { numbers[index].wipe() }
    }
}
